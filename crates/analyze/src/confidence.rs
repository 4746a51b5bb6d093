//! From evidence to confidence, in one place for all rules.

use model::{Confidence, Evidence, EvidenceKind};

/// How sure a finding is.
pub(crate) fn derive(evidence: &[Evidence]) -> Confidence {
    let has = |kind: EvidenceKind| evidence.iter().any(|one| one.kind == kind);
    if has(EvidenceKind::SmallWork) || has(EvidenceKind::NotProduction) {
        return Confidence::Low;
    }
    let known = has(EvidenceKind::Constructor)
        || has(EvidenceKind::CompilerType)
        || has(EvidenceKind::ResolvedPath);
    let declared = has(EvidenceKind::DeclaredType);
    let repeated = has(EvidenceKind::Repeated);
    match (known, declared, repeated) {
        (true, _, true) if !has(EvidenceKind::MethodNameOnly) => Confidence::High,
        (true, _, _) | (_, true, true) => Confidence::Medium,
        _ => Confidence::Low,
    }
}

#[cfg(test)]
mod tests {
    use super::derive;
    use model::{Confidence, Evidence, EvidenceKind};

    fn of(kinds: &[EvidenceKind]) -> Confidence {
        let evidence: Vec<Evidence> = kinds
            .iter()
            .map(|kind| Evidence {
                kind: *kind,
                span: None,
                note: String::new(),
            })
            .collect();
        derive(&evidence)
    }

    #[test]
    fn a_known_handle_in_a_loop_is_certain() {
        assert_eq!(
            of(&[EvidenceKind::Constructor, EvidenceKind::Repeated]),
            Confidence::High
        );
    }

    #[test]
    fn little_work_is_never_shown_by_default() {
        assert_eq!(
            of(&[
                EvidenceKind::Constructor,
                EvidenceKind::Repeated,
                EvidenceKind::SmallWork
            ]),
            Confidence::Low
        );
    }

    #[test]
    fn a_method_name_alone_proves_nothing() {
        assert_eq!(
            of(&[EvidenceKind::MethodNameOnly, EvidenceKind::Repeated]),
            Confidence::Low
        );
    }
}
