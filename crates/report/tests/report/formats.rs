//! Each format over the sample, as its reader sees it.

use io_optimize_report::{
    HumanOptions, MarkdownOptions, html, human, human_findings, human_measurements, human_question,
    human_summary, json, markdown_whole, patch, plots,
};

use crate::sample;

const PLAIN: HumanOptions = HumanOptions {
    color: false,
    width: 100,
    verbose: false,
};
/// The report as it stands in a pull request.
fn markdown(audit: &model::Audit) -> String {
    io_optimize_report::markdown(audit, &MarkdownOptions::default()).text
}

/// A page without its style, with a line for each element that begins one.
fn readable(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").expect("a style");
    let (_, body) = rest.split_once("</style>").expect("its end");
    let mut text = format!("{head}{body}");
    for element in [
        "<section", "<article", "<h1", "<nav", "<main", "<p>", "<li", "<tr", "<pre", "<svg", "<g ",
    ] {
        text = text.replace(element, &format!("\n{element}"));
    }
    text
}

const VERBOSE: HumanOptions = HumanOptions {
    verbose: true,
    ..PLAIN
};

macro_rules! assert_format {
    ($name:literal, $text:expr) => {
        insta::with_settings!({
            snapshot_path => "../snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!($name, $text);
        });
    };
}

#[test]
fn human_shows_each_finding_with_its_figure() {
    assert_format!("human", human(&sample::audit(), &PLAIN));
}

#[test]
fn human_verbose_shows_alternatives_suppressed_findings_and_every_measurement() {
    assert_format!("human_verbose", human(&sample::audit(), &VERBOSE));
}

#[test]
fn human_in_three_parts_is_findings_then_figures_then_summary() {
    let audit = sample::audit();
    let findings = human_findings(&audit, &PLAIN);
    assert!(
        !findings.contains("model of this pattern") && !findings.contains("no figure"),
        "{findings}"
    );
    assert_format!("human_measurements", human_measurements(&audit, &PLAIN));
    assert_format!(
        "human_summary",
        human_summary(&audit, &PLAIN, Some("target/io-optimize/report.md"))
    );
}

#[test]
fn human_writes_no_control_character_without_color_and_none_of_the_code_with_color() {
    let audit = sample::audit();
    let text = human(&audit, &VERBOSE);
    let control = text
        .chars()
        .find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    assert_eq!(control, None, "{text}");
    let colored = human(
        &audit,
        &HumanOptions {
            color: true,
            ..VERBOSE
        },
    );
    assert!(colored.contains("\u{1b}["), "{colored}");
    for theirs in ["\u{7}", "\u{1b}[2J", "\u{9b}", "\u{202e}"] {
        assert!(!colored.contains(theirs), "{theirs:?} reaches the terminal");
    }
}

#[test]
fn a_question_shows_the_finding_and_its_change_and_nothing_a_terminal_would_act_on() {
    let audit = sample::audit();
    let finding = |id: &str| {
        let found = audit.findings.iter().find(|finding| finding.id.0 == id);
        found.expect("a finding of the sample")
    };
    let before = sample::COPY;
    let change = |after: String| model::Patch {
        path: "src/copy.rs".to_owned(),
        absolute: "/nowhere/src/copy.rs".into(),
        before: Some(before.to_owned()),
        after,
        findings: Vec::new(),
    };
    let patches = [change(before.replace("4096", "8192"))];
    let question = human_question(&audit, finding("w1"), &patches, &PLAIN);
    for shown in [
        "src/export.rs:8",
        "unbuffered_write",
        "+++ b/src/copy.rs",
        "-    let mut buffer = [0; 4096];",
        "+    let mut buffer = [0; 8192];",
    ] {
        assert!(question.contains(shown), "no {shown} in {question}");
    }
    let control = question
        .chars()
        .find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    assert_eq!(control, None, "{question}");
}

#[test]
fn human_says_which_fixes_are_in_the_tree() {
    let mut audit = sample::audit();
    audit.written = true;
    audit.applied = vec![model::AppliedFix {
        id: model::FindingId("w1".to_owned()),
        verified: model::Verified::Tested,
    }];
    let summary = human_summary(&audit, &PLAIN, None);
    assert!(summary.contains("applied: 1 fix (1 tested)"), "{summary}");
    assert!(
        !summary.contains("--apply` applies"),
        "nothing is left to apply: {summary}"
    );
}

#[test]
fn markdown_has_every_section() {
    assert_format!("markdown", markdown(&sample::audit()));
}

#[test]
fn markdown_on_disk_has_pictures_and_is_the_same_but_for_them() {
    let options = MarkdownOptions {
        pictures: Some("my report-plots"),
        whole: None,
    };
    let text = markdown_whole(&sample::audit(), &options);
    let picture = "](my%20report-plots/unbuffered_write-default.svg)";
    assert!(text.contains(picture), "{text}");
    let is_picture = |line: &&str| line.starts_with("![");
    assert_eq!(text.lines().filter(is_picture).count(), 3, "{text}");
    let without: String = text
        .split_inclusive("\n\n")
        .filter(|block| !block.starts_with("!["))
        .collect();
    assert_eq!(without, markdown(&sample::audit()));
}

#[test]
fn a_place_links_to_its_lines_only_where_they_are_the_same_on_github() {
    let mut audit = sample::audit();
    audit.project.online = Some(model::OnlineSources {
        address: "https://github.com/owner/repo/blob/0123abc".to_owned(),
        folder: "my (sub) folder".to_owned(),
        files: [
            "src/export.rs".to_owned(),
            audit.sources.files[2].path.clone(),
        ]
        .into(),
    });
    let folder = "https://github.com/owner/repo/blob/0123abc/my%20%28sub%29%20folder/src";
    let (text, page) = (markdown(&audit), html(&audit));
    for place in [
        format!("[`src/export.rs:8`]({folder}/export.rs#L8)"),
        format!("[``src/co|py `\\u{{1b}}[2J`.rs:4``]({folder}/co%7Cpy%20%60%1B%5B2J%60.rs#L4-L10)"),
    ] {
        assert!(text.contains(&place), "no {place} in {text}");
    }
    assert!(text.contains(" `src/load.rs:3`: "), "{text}");
    let link = format!(
        "<a href=\"{folder}/export.rs#L8\" rel=\"noreferrer\"><code>src/export.rs:8</code></a>"
    );
    assert!(page.contains(&link), "{page}");
}

#[test]
fn html_shows_untrusted_text_and_does_nothing_with_it() {
    let mut audit = sample::audit();
    audit.findings[2].message = "<script>alert(1)</script> \u{202e} \u{1b}[31m".to_owned();
    audit.project.packages = vec!["</title><script>".to_owned()];
    audit.outcomes[0].measurements[1].method = "</svg><script>".to_owned();
    let page = html(&audit);
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; \\u{202e} \\u{1b}[31m"));
    let acting = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || c == '\u{202e}';
    assert_eq!(page.chars().find(|c| acting(*c)), None);
    for plot in plots(&audit) {
        assert!(!plot.svg.contains("<script"), "{}", plot.svg);
    }
}

#[test]
fn html_is_the_same_report_as_a_page() {
    assert_format!("html", readable(&html(&sample::audit())));
}

#[test]
fn a_picture_shows_every_method_and_stands_alone() {
    let plots = plots(&sample::audit());
    let names: Vec<_> = plots.iter().map(|plot| plot.file_name.as_str()).collect();
    assert_eq!(
        names,
        [
            "unbuffered_write-default.svg",
            "manual_copy_loop-default.svg",
            "host-copy.svg"
        ],
        "a model without figures has no picture"
    );
    assert_eq!(plots[0].svg.matches("class=\"point\"").count(), 5);
    assert!(plots[0].svg.contains("prefers-color-scheme"));
    assert_format!("plot", plots[0].svg.replace("><", ">\n<"));
}

#[test]
fn json_is_the_fixed_schema() {
    assert_format!("json", json(&sample::audit()));
}

#[test]
fn an_audit_without_findings_says_so_in_every_format() {
    let audit = sample::empty();
    assert_eq!(human_findings(&audit, &PLAIN), "");
    assert_eq!(human_measurements(&audit, &PLAIN), "");
    assert_eq!(patch(&audit), "");
    assert_format!("human_empty", human(&audit, &PLAIN));
    assert_format!("markdown_empty", markdown(&audit));
    assert_format!("json_empty", json(&audit));
    assert_format!("html_empty", readable(&html(&audit)));
}

#[test]
fn the_same_audit_gives_the_same_text() {
    let (one, other) = (sample::audit(), sample::audit());
    assert_eq!(markdown(&one), markdown(&other));
    assert_eq!(html(&one), html(&other));
    assert_eq!(json(&one), json(&other));
    assert_eq!(human(&one, &VERBOSE), human(&other, &VERBOSE));
}

/// The line of the terminal report that holds the figure of a finding with this ratio.
fn figure(median: f64, low: f64, high: f64) -> String {
    let mut audit = sample::audit();
    audit.findings.drain(..2);
    audit.findings.truncate(1);
    let headline = audit.findings[0].headline.as_mut().expect("measured");
    headline.ratio = model::Ratio { median, low, high };
    let text = human(&audit, &PLAIN);
    let line = text
        .lines()
        .find(|line| line.contains("model of this pattern"))
        .expect("a figure");
    line.trim_start_matches("   = note: model of this pattern: ")
        .to_owned()
}

#[test]
fn a_ratio_says_faster_or_slower_only_when_its_interval_does() {
    for ([median, low, high], words) in [
        ([3.21, 3.04, 3.39], "3.2x faster [3.0, 3.4], "),
        ([1.29, 1.21, 1.34], "1.29x faster [1.21, 1.34], "),
        ([1.04, 1.002, 1.07], "1.040x faster [1.002, 1.070], "),
        ([213.4, 201.0, 220.0], "213x faster [201, 220], "),
        (
            [1.04, 0.99, 1.07],
            "no clear difference: 1.04x [0.99, 1.07], ",
        ),
        ([1.0, 1.0, 1.0], "no clear difference: 1.00x [1.00, 1.00], "),
        ([0.5, 0.48, 0.53], "slower: 0.50x [0.48, 0.53], "),
        ([0.99, 0.98, 0.998], "slower: 0.990x [0.980, 0.998], "),
    ] {
        let line = figure(median, low, high);
        assert!(line.starts_with(words), "{line}");
    }
}

#[test]
fn markdown_shows_untrusted_text_and_does_nothing_with_it() {
    let code = "let fence = \"```\\n</details>\";\n// ````` <img src=x>\n";
    let mut audit = sample::audit();
    audit.host = model::HostFigures::default();
    audit.sources.files[0].text = code.into();
    audit.patches.clear();
    for finding in &mut audit.findings {
        finding.alternatives.clear();
    }
    let finding = &mut audit.findings[2];
    finding.span = model::Span {
        file: model::FileId(0),
        start: 0,
        end: code.len() as u32,
    };
    finding.message = "<script> | [link](x) *bold* snake_case `a`` `b|c` @ #1 @user".to_owned();
    finding.function = "a`b``c".to_owned();
    finding.related.clear();
    finding.evidence[0].note = "one ` backtick and </details>".to_owned();
    let text = markdown(&audit);
    for expected in [
        format!("``````rust\n{code}``````\n"),
        "&lt;script&gt; \\| \\[link\\](x) \\*bold\\* snake_case ".to_owned(),
        " @ \\#1 @<!-- -->user".to_owned(),
        "in ```a`b``c```\n".to_owned(),
        "one \\` backtick and &lt;/details&gt;".to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected}\n{text}");
    }
    let outside = text.replace(code, "");
    assert!(
        !outside.contains("<script>") && !outside.contains("</details>"),
        "{outside}"
    );
}
