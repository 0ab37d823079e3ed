"""How much of each thing a page is asked to hold; what is more is counted and stands in the JSON file.

Layout costs time per line: 2,000 findings in full take minutes, capped they take seconds.
"""

TASKS = 40
FINDINGS_PER_TASK = 20
FINDINGS = 200  # of all tasks together
EVIDENCE_PER_FINDING = 3
EVIDENCE_LINES = 10
PLACES = 2  # of a task, on page one
PLACES_PER_CAUSE = 20
NAME = 253  # characters of a resource or subject: the longest host name
CLIPPED = 64  # characters of a place on page one
FIRST = 5  # tasks on page one
GAPS = 40
NAMES = 8  # in a list of resources or checks within a sentence
ROWS = 200  # of the appendix
LISTED = 40  # accepted risks, fixed findings
CHECKS_OF_CONTROL = 3  # named beside a control for which they are evidence
