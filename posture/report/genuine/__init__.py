"""Whether reports and evidence are what was made: pure, over bytes that somebody else read."""
