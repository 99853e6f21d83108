extension CommandTree {
    /// The one list of the program's commands. Kept, because finding a command creates them all.
    package static let program: CommandTree = CommandTree(groups: [
        Group(
            heading: "Research tasks",
            commands: [
                TaskRunCommand.command, TaskResultCommand.command, TaskStatusCommand.command,
                TaskEventsCommand.command, TaskInputCommand.command,
            ]),
        Group(
            heading: "Batches",
            commands: [
                BatchRunCommand.command, BatchStatusCommand.command, BatchResultsCommand.command,
                BatchSuggestCommand.command, GroupCreateCommand.command, GroupAddCommand.command,
                GroupGetCommand.command, GroupRunsCommand.command, GroupEventsCommand.command,
            ]),
        Group(heading: "Web search", commands: [SearchCommand.command]),
        Group(
            heading: "MCP servers",
            commands: [
                MCPAddCommand.command, MCPListCommand.command, MCPGetCommand.command, MCPRemoveCommand.command,
                MCPDisableCommand.command, MCPEnableCommand.command,
                MCPTestCommand.command, MCPToolsCommand.command, MCPCallCommand.command,
                MCPResourcesCommand.command, MCPPromptsCommand.command,
            ]),
        Group(
            heading: "The program itself",
            commands: [HelpCommand.command { program }, CompletionCommand.command { program }]),
    ])
}
