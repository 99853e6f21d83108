/// The error that makes a response stream close the connection without ending the body properly.
struct ConnectionAborted: Error {}
