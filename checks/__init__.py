"""First-party checks, a folder a family."""

BELONGS_TO_POSTURE = True  # `posture doctor` notices by it when another distribution has put its `checks` here
