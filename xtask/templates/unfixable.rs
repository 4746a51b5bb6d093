//! Reported by `RULE_NAME` without a fix, each case with the reason why there is none.
