"""People's accounts at their sources: read only, each source with the least rights that show its accounts."""
