// SandboxServer
