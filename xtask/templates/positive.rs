//! Reported by `RULE_NAME`, each case with its fix where there is one.
