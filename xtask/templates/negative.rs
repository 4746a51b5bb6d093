//! Not reported by `RULE_NAME`, each case with the reason why it is fine.
