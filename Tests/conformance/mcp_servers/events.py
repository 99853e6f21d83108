"""The memory that a resumable server needs: what was sent on which stream."""

from mcp.server.streamable_http import EventMessage
from mcp.server.streamable_http import EventStore as Base


class EventStore(Base):
    def __init__(self):
        self.events = []  # (stream, message); an event's id is its index.

    async def store_event(self, stream_id, message):
        self.events.append((stream_id, message))
        return f"event-{len(self.events) - 1}"

    async def replay_events_after(self, last_event_id, send_callback):
        last = int(last_event_id.removeprefix("event-"))
        stream = self.events[last][0]
        for index in range(last + 1, len(self.events)):
            stream_id, message = self.events[index]
            if stream_id == stream and message is not None:
                await send_callback(EventMessage(message, f"event-{index}"))
        return stream
