"""Join facts, judge them, live with findings: pure; the outside comes through posture.engine.ports."""
