//! Which suggested fixes are applied together, and the texts that any subset of them gives.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use model::{
    Applicability, Edit, FileId, Finding, FindingId, Fix, NewFile, NotApplied, Patch, Sources, Span,
};

use crate::additions::Manifests;
use crate::edits::{LineEndings, apply, clash, defect, is_balanced_together, order_matters};
use crate::manifest::Need;

/// Which fixes the user wants.
#[derive(Debug, Clone)]
pub struct Selection {
    /// The least applicability that is applied.
    pub minimum: Applicability,
    /// Findings that something else speaks against, with the reason (lower case, no full stop): they are not applied, and
    /// reported so. For example a measured gain that is too small, or a "no" of the user.
    pub excluded: HashMap<FindingId, String>,
    /// Findings whose fixes come before all others: a person has said so.
    pub preferred: HashSet<FindingId>,
}

impl Default for Selection {
    /// Machine-applicable fixes, all of them.
    fn default() -> Self {
        Self {
            minimum: Applicability::MachineApplicable,
            excluded: HashMap::new(),
            preferred: HashSet::new(),
        }
    }
}

/// A fix that is to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedFix {
    /// The finding it belongs to.
    pub id: FindingId,
    /// Sorted by span and replacement, disjoint, inside their files, with the files' line endings.
    pub edits: Vec<Edit>,
    /// Files it adds.
    pub creates: Vec<NewFile>,
    pub(crate) needs: Vec<Need>,
}

/// Fixes that go together.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// What is applied, what is preferred first: by applicability, confidence, then place.
    pub fixes: Vec<PlannedFix>,
    /// What is not, with the reason.
    pub not_applied: Vec<NotApplied>,
    manifests: Manifests,
}

/// Plans the suggested fixes of `findings`.
///
/// Of two fixes that overlap, a preferred one, else the one with the higher applicability, then confidence, then the earlier place is taken; the
/// other is reported. Edits that several fixes share (the same `use` line) are one edit. Different insertions at one place
/// are both made, in the order of their texts, unless that order would matter. Suppressed findings, and findings without a
/// suggestion, are passed over in silence.
///
/// The dependencies that a fix requires are added to the manifests of the packages whose files it edits.
#[must_use]
pub fn plan(
    findings: &[Finding],
    sources: &Sources,
    manifests: &Manifests,
    selection: &Selection,
) -> Plan {
    let mut plan = Plan {
        manifests: manifests.clone(),
        ..Plan::default()
    };
    let mut candidates: Vec<(&Finding, &Fix)> = findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
        .filter_map(|finding| finding.suggestion.as_ref().map(|fix| (finding, fix)))
        .collect();
    candidates.sort_by_key(|(finding, fix)| {
        (
            !selection.preferred.contains(&finding.id),
            Reverse(fix.applicability),
            Reverse(finding.confidence),
            finding.span,
            finding.id.clone(),
        )
    });
    let mut taken: Vec<&Finding> = Vec::new();
    let mut claims = Claims::default();
    let mut endings = LineEndings::of(sources);
    for (finding, fix) in candidates {
        let mut edits = fix.edits.clone();
        endings.adapt(&mut edits);
        edits.sort();
        let reason = unwanted(finding, fix, selection)
            .or_else(|| defect(&edits, sources))
            .or_else(|| {
                claims
                    .overlap(&edits, sources)
                    .map(|index| overlaps(taken[index], sources))
            });
        let needs = match reason {
            Some(reason) => Err(reason),
            None => manifests.needs(fix, sources),
        };
        let needs = needs.and_then(|needs| {
            let obstacle = manifests.obstacle(&plan.fixes, &needs, &fix.creates);
            obstacle.map_or(Ok(needs), Err)
        });
        match needs {
            Ok(needs) => {
                claims.add(&edits, taken.len());
                taken.push(finding);
                plan.fixes.push(PlannedFix {
                    id: finding.id.clone(),
                    edits,
                    creates: fix.creates.clone(),
                    needs,
                });
            }
            Err(reason) => plan.not_applied.push(NotApplied {
                id: finding.id.clone(),
                reason,
                backed_out: false,
            }),
        }
    }
    plan
}

fn unwanted(finding: &Finding, fix: &Fix, selection: &Selection) -> Option<String> {
    if let Some(reason) = selection.excluded.get(&finding.id) {
        return Some(reason.clone());
    }
    if fix.applicability < selection.minimum {
        let reason = match fix.applicability {
            Applicability::HasPlaceholders => "the fix has blanks that a person must fill in",
            Applicability::MaybeIncorrect | Applicability::MachineApplicable => {
                "the fix may change behavior: pass `--unsafe-fixes` to apply it"
            }
        };
        return Some(reason.to_owned());
    }
    None
}

fn overlaps(other: &Finding, sources: &Sources) -> String {
    let file = sources.file(other.span.file);
    let before = file
        .text
        .get(..other.span.start as usize)
        .unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    format!(
        "overlaps the fix of {} at {}:{line}",
        other.rule.name, file.path
    )
}

/// The edits taken so far, each with the fixes that make it.
#[derive(Default)]
struct Claims {
    by_file: HashMap<FileId, BTreeMap<Edit, Vec<usize>>>,
}

impl Claims {
    fn add(&mut self, edits: &[Edit], fix: usize) {
        for edit in edits {
            let owners = self.by_file.entry(edit.span.file).or_default();
            owners.entry(edit.clone()).or_default().push(fix);
        }
    }

    /// The first fix taken that cannot stand beside `edits`.
    fn overlap(&self, edits: &[Edit], sources: &Sources) -> Option<usize> {
        let mut shared: BTreeMap<usize, Vec<&Edit>> = BTreeMap::new();
        for edit in edits {
            let Some(claims) = self.by_file.get(&edit.span.file) else {
                continue;
            };
            // No two claims overlap: of those that begin before the edit, only the last can reach into it.
            let start = first_at(edit.span.file, edit.span.start);
            let end = first_at(edit.span.file, edit.span.end + 1);
            let before = claims.range(..&start).next_back();
            for (claimed, owners) in before.into_iter().chain(claims.range(&start..&end)) {
                if claimed == edit {
                    for owner in owners {
                        shared.entry(*owner).or_default().push(edit);
                    }
                } else if clash(claimed, edit) || order_matters(claimed, edit) {
                    return owners.first().copied();
                }
            }
        }
        let twin = shared
            .into_iter()
            .find(|(_, edits)| !is_balanced_together(edits, sources));
        twin.map(|(fix, _)| fix)
    }
}

/// What no edit that begins at a place sorts before.
fn first_at(file: FileId, start: u32) -> Edit {
    let span = Span {
        file,
        start,
        end: start,
    };
    let replacement = String::new();
    Edit { span, replacement }
}

impl Plan {
    /// The patches of all fixes but those in `without`: of the sources in the order of the files, of the manifests, of new files.
    ///
    /// What several fixes share, an edit, a dependency or a new file, is there as long as one of them is applied.
    #[must_use]
    pub fn patches(&self, sources: &Sources, without: &HashSet<FindingId>) -> Vec<Patch> {
        self.patched(sources, without).patches
    }

    /// [`Plan::patches`], with the way back from the new texts to the fixes.
    #[must_use]
    pub fn patched(&self, sources: &Sources, without: &HashSet<FindingId>) -> Patched {
        let mut by_file: BTreeMap<FileId, BTreeMap<&Edit, Vec<&FindingId>>> = BTreeMap::new();
        let kept = self.fixes.iter().filter(|fix| !without.contains(&fix.id));
        for fix in kept.clone() {
            for edit in &fix.edits {
                let edits = by_file.entry(edit.span.file).or_default();
                edits.entry(edit).or_default().push(&fix.id);
            }
        }
        let mut patched = Patched::default();
        for (id, edits) in by_file {
            let file = sources.file(id);
            let (edits, owners): (Vec<&Edit>, Vec<Vec<&FindingId>>) = edits.into_iter().unzip();
            let (after, ranges) = apply(&file.text, &edits);
            let findings: BTreeSet<&FindingId> = owners.iter().flatten().copied().collect();
            let regions = ranges
                .into_iter()
                .zip(owners)
                .map(|(range, owners)| Region {
                    range,
                    owners: owners.into_iter().cloned().collect(),
                });
            patched.regions.push(regions.collect());
            patched.patches.push(Patch {
                path: file.path.clone(),
                absolute: file.absolute.clone(),
                before: Some(file.text.to_string()),
                after,
                findings: findings.into_iter().cloned().collect(),
            });
        }
        let needed = self.manifests.patches(kept);
        // No replacement lies in them: what is said of them is held against no fix alone.
        patched.regions.extend(needed.iter().map(|_| Vec::new()));
        patched.patches.extend(needed);
        patched
    }
}

/// A replacement as it lies in a new text.
#[derive(Debug, Clone)]
struct Region {
    range: Range<usize>,
    owners: Vec<FindingId>,
}

/// Patches that know which fix wrote what.
#[derive(Debug, Clone, Default)]
pub struct Patched {
    /// One for each file that changes or is added, as [`Plan::patches`] orders them.
    pub patches: Vec<Patch>,
    regions: Vec<Vec<Region>>,
}

impl Patched {
    /// The fixes whose replacements touch the bytes `start..end` of the new text of `path` (relative to the workspace root,
    /// `/`-separated); if none does, those whose replacements lie at most `lines` lines away. Sorted, each once.
    ///
    /// A range behind the end of the text is taken as its end; an unknown path gives nothing.
    #[must_use]
    pub fn map_back(&self, path: &str, start: usize, end: usize, lines: usize) -> Vec<FindingId> {
        let Some(index) = self.patches.iter().position(|patch| patch.path == path) else {
            return Vec::new();
        };
        let text = self.patches[index].after.as_bytes();
        let (start, end) = (
            start.min(text.len()),
            end.min(text.len()).max(start.min(text.len())),
        );
        let owners = |from: usize, to: usize| {
            let touching = self.regions[index]
                .iter()
                .filter(|region| region.range.start <= to && from <= region.range.end);
            touching
                .flat_map(|region| &region.owners)
                .cloned()
                .collect::<BTreeSet<_>>()
        };
        let mut found = owners(start, end);
        if found.is_empty() {
            found = owners(
                lines_before(text, start, lines),
                lines_behind(text, end, lines),
            );
        }
        found.into_iter().collect()
    }
}

/// Start of the line that lies `lines` above the one of `offset`.
fn lines_before(text: &[u8], offset: usize, lines: usize) -> usize {
    let mut breaks = (0..offset).rev().filter(|&place| text[place] == b'\n');
    breaks.nth(lines).map_or(0, |place| place + 1)
}

/// End of the line that lies `lines` below the one of `offset`.
fn lines_behind(text: &[u8], offset: usize, lines: usize) -> usize {
    let mut breaks = (offset..text.len()).filter(|&place| text[place] == b'\n');
    breaks.nth(lines).unwrap_or(text.len())
}
