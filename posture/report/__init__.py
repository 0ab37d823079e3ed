"""From the view of one customer to a report, and from that to a file. No store, no network, no clock."""
