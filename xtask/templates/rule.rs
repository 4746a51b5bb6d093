//! What is slow, in a few words.

use crate::context::{Context, Subject, Verdicts};

/// What is fixed about the rule.
pub(crate) const META: model::RuleMeta = model::RuleMeta {
    name: "RULE_NAME",
    operations: &[model::Operation::Read],
    summary: "what is wrong with what is found: lower case, no full stop",
    fix: model::FixAvailability::None,
    about_speed: true,
    docs: model::RuleDocs {
        finds: "What it finds, and what looks like it and is left alone.",
        why_slow: "What it costs, and where that was measured or written.",
        when_not_faster: "Where the rewrite gains nothing.",
        fix_safety: "What the fix changes besides speed, and so how far it may be trusted.",
        example: model::Example {
            before: "the code that is reported\n",
            after: "the same after the rewrite: not reported\n",
        },
        references: &[],
    },
};

/// Judges one function: adds a draft to the verdicts for each place that does it.
pub(crate) fn check(_context: &Context<'_>, _subject: Subject<'_>, _verdicts: &mut Verdicts) {}
