extension CommandTree {
    /// The one list of the program's commands.
    package static let program: CommandTree = CommandTree(
        groups: [
            Group(
                heading: "Research tasks",
                entries: [
                    .init(TaskRunCommand.name, TaskRunCommand.command),
                    .init(TaskResultCommand.name, TaskResultCommand.command),
                    .init(TaskStatusCommand.name, TaskStatusCommand.command),
                    .init(TaskEventsCommand.name, TaskEventsCommand.command),
                    .init(TaskInputCommand.name, TaskInputCommand.command),
                    .init(TaskListCommand.name, TaskListCommand.command),
                    .init(TaskOpenCommand.name, TaskOpenCommand.command),
                ]),
            Group(
                heading: "Batches",
                entries: [
                    .init(BatchRunCommand.name, BatchRunCommand.command),
                    .init(BatchRerunCommand.name, BatchRerunCommand.command),
                    .init(BatchStatusCommand.name, BatchStatusCommand.command),
                    .init(BatchResultsCommand.name, BatchResultsCommand.command),
                    .init(BatchForgetCommand.name, BatchForgetCommand.command),
                    .init(BatchSuggestCommand.name, BatchSuggestCommand.command),
                    .init(BatchListCommand.name, BatchListCommand.command),
                    .init(BatchDecideCommand.name, BatchDecideCommand.command),
                    .init(GroupCreateCommand.name, GroupCreateCommand.command),
                    .init(GroupAddCommand.name, GroupAddCommand.command),
                    .init(GroupGetCommand.name, GroupGetCommand.command),
                    .init(GroupRunsCommand.name, GroupRunsCommand.command),
                    .init(GroupEventsCommand.name, GroupEventsCommand.command),
                ]),
            Group(
                heading: "Web search",
                entries: [
                    .init(SearchCommand.name, SearchCommand.command),
                    .init(ExtractCommand.name, ExtractCommand.command),
                    .init(ImagesCommand.name, ImagesCommand.command),
                    .init(PlacesCommand.name, PlacesCommand.command),
                ]),
            Group(
                heading: "Decisions and memory",
                entries: [
                    .init(DecideCommand.name, DecideCommand.command),
                    .init(MemorySearchCommand.name, MemorySearchCommand.command),
                    .init(MemoryEvictCommand.name, MemoryEvictCommand.command),
                    .init(MemoryClearCommand.name, MemoryClearCommand.command),
                ]),
            Group(
                heading: "FindAll",
                entries: [
                    .init(FindAllRunCommand.name, FindAllRunCommand.command),
                    .init(FindAllResultCommand.name, FindAllResultCommand.command),
                    .init(FindAllStatusCommand.name, FindAllStatusCommand.command),
                    .init(FindAllEventsCommand.name, FindAllEventsCommand.command),
                    .init(FindAllEnrichCommand.name, FindAllEnrichCommand.command),
                    .init(FindAllExtendCommand.name, FindAllExtendCommand.command),
                    .init(FindAllCancelCommand.name, FindAllCancelCommand.command),
                    .init(FindAllSchemaCommand.name, FindAllSchemaCommand.command),
                    .init(FindAllIngestCommand.name, FindAllIngestCommand.command),
                    .init(FindAllEntitiesCommand.name, FindAllEntitiesCommand.command),
                    .init(FindAllRefreshCommand.name, FindAllRefreshCommand.command),
                ]),
            Group(
                heading: "Monitors",
                entries: [
                    .init(MonitorCreateCommand.name, MonitorCreateCommand.command),
                    .init(MonitorListCommand.name, MonitorListCommand.command),
                    .init(MonitorGetCommand.name, MonitorGetCommand.command),
                    .init(MonitorEventsCommand.name, MonitorEventsCommand.command),
                    .init(MonitorUpdateCommand.name, MonitorUpdateCommand.command),
                    .init(MonitorTriggerCommand.name, MonitorTriggerCommand.command),
                    .init(MonitorCancelCommand.name, MonitorCancelCommand.command),
                    .init(MonitorStatsCommand.name, MonitorStatsCommand.command),
                ]),
            Group(
                heading: "Webhooks",
                entries: [
                    .init(WebhookVerifyCommand.name, WebhookVerifyCommand.command),
                    .init(WebhookListenCommand.name, WebhookListenCommand.command),
                ]),
            Group(
                heading: "Models",
                entries: [
                    .init(AskCommand.name, AskCommand.command),
                    .init(ChatCommand.name, ChatCommand.command),
                    .init(RespondCommand.name, RespondCommand.command),
                ]),
            Group(
                heading: "MCP servers",
                entries: [
                    .init(MCPAddCommand.name, MCPAddCommand.command),
                    .init(MCPListCommand.name, MCPListCommand.command),
                    .init(MCPGetCommand.name, MCPGetCommand.command),
                    .init(MCPRemoveCommand.name, MCPRemoveCommand.command),
                    .init(MCPDisableCommand.name, MCPDisableCommand.command),
                    .init(MCPEnableCommand.name, MCPEnableCommand.command),
                    .init(MCPTestCommand.name, MCPTestCommand.command),
                    .init(MCPToolsCommand.name, MCPToolsCommand.command),
                    .init(MCPCallCommand.name, MCPCallCommand.command),
                    .init(MCPResourcesCommand.name, MCPResourcesCommand.command),
                    .init(MCPPromptsCommand.name, MCPPromptsCommand.command),
                ]),
            Group(
                heading: "MCP servers: trust, changes and logins",
                entries: [
                    .init(MCPTrustCommand.name, MCPTrustCommand.command),
                    .init(MCPPinCommand.name, MCPPinCommand.command),
                    .init(MCPCheckCommand.name, MCPCheckCommand.command),
                    .init(MCPLoginCommand.name, MCPLoginCommand.command),
                    .init(MCPLogoutCommand.name, MCPLogoutCommand.command),
                ]),
            Group(
                heading: "MCP and other programs",
                entries: [
                    .init(MCPImportCommand.name, MCPImportCommand.command),
                    .init(MCPInstallCommand.name, MCPInstallCommand.command),
                    .init(MCPUninstallCommand.name, MCPUninstallCommand.command),
                    .init(MCPClientsCommand.name, MCPClientsCommand.command),
                    .init(MCPExportCommand.name, MCPExportCommand.command),
                    .init(MCPSnippetCommand.name, MCPSnippetCommand.command),
                    .init(MCPProxyCommand.name, MCPProxyCommand.command),
                    .init(MCPServeCommand.name, MCPServeCommand.command),
                ]),
            Group(
                heading: "Signing in and the account",
                entries: [
                    .init(LoginCommand.name, LoginCommand.command),
                    .init(LogoutCommand.name, LogoutCommand.command),
                    .init(AuthStatusCommand.name, AuthStatusCommand.command),
                    .init(KeyCreateCommand.name, KeyCreateCommand.command),
                    .init(KeyListCommand.name, KeyListCommand.command),
                    .init(KeyDeleteCommand.name, KeyDeleteCommand.command),
                    .init(BalanceCommand.name, BalanceCommand.command),
                    .init(SpendCommand.name, SpendCommand.command),
                ]),
            Group(
                heading: "The program itself",
                entries: [
                    .init(ShellCommand.name, ShellCommand.command({ program }, Run.run)),
                    .init(ConfigListCommand.name, ConfigListCommand.command { program }),
                    .init(ConfigGetCommand.name, ConfigGetCommand.command),
                    .init(ConfigSetCommand.name, ConfigSetCommand.command { program }),
                    .init(ConfigUnsetCommand.name, ConfigUnsetCommand.command),
                    .init(ConfigPathCommand.name, ConfigPathCommand.command),
                    .init(ProcessorsCommand.name, ProcessorsCommand.command),
                    .init(APICommand.name, APICommand.command),
                    .init(DoctorCommand.name, DoctorCommand.command { program }),
                    .init(SkillPrintCommand.name, SkillPrintCommand.command),
                    .init(SkillInstallCommand.name, SkillInstallCommand.command),
                    .init(SkillUninstallCommand.name, SkillUninstallCommand.command),
                    .init(HelpCommand.name, HelpCommand.command { program }),
                    .init(CompletionCommand.name, CompletionCommand.command { program }),
                ]),
        ], hasTopic: { HelpTopic.named($0) != nil })
}
