"""A provider's policy, read from a TOML file."""
