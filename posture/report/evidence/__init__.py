"""The evidence on one finding, as a bundle for an abuse desk or a court."""
