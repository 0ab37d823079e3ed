"""The templates of reports; data only."""
