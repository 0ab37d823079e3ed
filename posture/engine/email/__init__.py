"""What follows from the records of a domain together."""
