"""First-party checks, a folder a family."""
