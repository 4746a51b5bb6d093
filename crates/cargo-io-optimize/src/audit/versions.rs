//! Whether a model calls the same version of a crate as the code that it stands for.

use model::{Audit, WorkloadId};
use semver::Version;
use toolchain::Workspace;

/// Takes the model from findings whose package has another major version of the crate that is the model's subject, and says why.
pub(super) fn leave_out_others(workspace: &Workspace, audit: &mut Audit) {
    let Audit {
        findings, sources, ..
    } = audit;
    for finding in findings {
        let package = &sources.file(finding.span.file).package;
        let other = finding
            .workload
            .and_then(|model| other_version(workspace, package, model));
        if other.is_some() {
            finding.workload = None;
            finding.no_figure = other;
        }
    }
}

/// Why a model does not stand for the code of a package, as a clause; `None` if it does, or if the versions are not known.
pub(super) fn other_version(
    workspace: &Workspace,
    package: &str,
    model: WorkloadId,
) -> Option<String> {
    let mut subjects = measure::libraries(model).iter().filter(|it| it.is_subject);
    subjects.find_map(|library| {
        let used = used(workspace, package, library.name);
        let is_same = |version: &&str| has_same_major(version, library.version);
        if used.is_empty() || used.iter().any(is_same) {
            return None;
        }
        Some(format!(
            "the model is built with {} {}, and `{package}` uses {}, which may do it in another way",
            library.name,
            library.version,
            used.join(" and ")
        ))
    })
}

/// The locked versions of a crate that a package names; if it names none, those that other members of the workspace name, whose
/// functions it may call.
fn used<'a>(workspace: &'a Workspace, package: &str, krate: &str) -> Vec<&'a str> {
    let named_by = |member: &str| -> Vec<&'a str> {
        let member = workspace.locked_member(member);
        let needed = member.map(|member| workspace.locked_dependencies(member));
        let named = needed.into_iter().flatten().filter(|it| it.name == krate);
        named.map(|it| it.version.as_str()).collect()
    };
    let mut used = named_by(package);
    if used.is_empty() {
        let members = workspace.packages.iter();
        used = members.flat_map(|member| named_by(&member.name)).collect();
    }
    used.sort_unstable();
    used.dedup();
    used
}

/// Whether cargo takes one version for compatible with the other: the first number that is not 0 is the same.
fn has_same_major(one: &str, other: &str) -> bool {
    let major = |version: &str| {
        let Version {
            major,
            minor,
            patch,
            ..
        } = Version::parse(version).ok()?;
        Some(match (major, minor) {
            (0, 0) => (0, 0, patch),
            (0, minor) => (0, minor, 0),
            (major, _) => (major, 0, 0),
        })
    };
    major(one) == major(other)
}

#[cfg(test)]
mod tests {
    use super::has_same_major;

    #[test]
    fn majors_are_those_of_cargo() {
        for (one, other, same) in [
            ("1.0.1", "1.4.0", true),
            ("1.3.3", "2.0.1", false),
            ("2.0.0-rc.3", "2.0.1", true),
            ("0.37.2", "0.42.0", false),
            ("0.2.1", "0.2.2", true),
            ("0.0.3", "0.0.4", false),
        ] {
            assert_eq!(has_same_major(one, other), same, "{one} and {other}");
        }
    }
}
