"""Sweeps of many hosts with few nmap processes: what is asked of them, who shares one, and what a first look tells."""
