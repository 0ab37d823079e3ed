"""Whether what was to be published for a challenge is there: the only look at somebody who has allowed none yet."""
