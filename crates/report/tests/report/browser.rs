//! The page in a browser: at the width of a telephone and of a desk, in light and dark colours.
#![expect(
    clippy::disallowed_methods,
    reason = "tests make files and start a browser"
)]

use std::fs;
use std::io::Write as _;
use std::process::Command;

use io_optimize_report::html;
use model::{Audit, OnlineSources};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::sample;

const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
const PHONE: (u32, u32) = (360, 800);
const DESK: (u32, u32) = (1280, 900);

/// What a browser says of a page.
struct Look {
    /// What `look.js` found.
    page: Value,
    /// What the page made the browser complain of.
    console: Vec<String>,
}

/// Shows a page at that size; `None` where there is no browser.
fn look(page: &str, (width, height): (u32, u32), dark: bool) -> Option<Look> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let script = include_str!("browser/look.js");
    let source = page.replace('&', "&amp;").replace('"', "&quot;");
    let wrapper = format!(
        "<!doctype html><meta charset=utf-8><script>{script}</script><pre id=result></pre>\
         <iframe style=\"border:0;width:{width}px;height:{height}px\" srcdoc=\"{source}\"></iframe>"
    );
    let file = directory.path().join("wrapper.html");
    fs::write(&file, wrapper).expect("a file");
    let profile = directory.path().join("profile");
    for browser in BROWSERS {
        let output = Command::new(browser)
            // The page is our own, and a sandbox is not to be had everywhere.
            .args([
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--dump-dom",
            ])
            .args([
                "--enable-logging=stderr",
                "--v=0",
                "--virtual-time-budget=10000",
            ])
            .args([
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--hide-scrollbars",
            ])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(format!(
                "--blink-settings=preferredColorScheme={}",
                u8::from(!dark)
            ))
            .arg(format!("file://{}", file.display()))
            .output();
        let Ok(output) = output else { continue };
        let dom = String::from_utf8_lossy(&output.stdout);
        let talk = String::from_utf8_lossy(&output.stderr);
        let result = dom
            .split_once("id=\"result\">")
            .and_then(|(_, rest)| rest.split_once('<'))
            .unwrap_or_else(|| panic!("{browser} showed nothing: {talk}"))
            .0;
        let result = percent_decode_str(result).decode_utf8_lossy();
        return Some(Look {
            page: serde_json::from_str(&result)
                .unwrap_or_else(|error| panic!("{error}: {result}: {talk}")),
            console: talk
                .lines()
                .filter(|line| line.contains("CONSOLE"))
                .map(str::to_owned)
                .collect(),
        });
    }
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED: none of {} is installed, so that nobody looked at the page",
        BROWSERS.join(", ")
    );
    None
}

/// The sample with what is hard to lay out.
fn wide() -> Audit {
    let mut audit = sample::audit();
    let long = "a_name_without_any_place_to_break_".repeat(8);
    audit.findings[2].function = long.clone();
    audit.findings[1].message = format!("<script>alert(1)</script> \u{202e} \u{1b}[31m `{long}`");
    audit.outcomes[0].measurements[1].method = long.clone();
    audit.outcomes[2].measurements[1].ratio.high = 40_000.0;
    audit.patches[0].after += &format!("// {long}\n");
    audit.project.online = Some(OnlineSources {
        address: "https://github.com/owner/repo/blob/0123456789012345678901234567890123456789"
            .to_owned(),
        folder: String::new(),
        files: ["src/export.rs".to_owned()].into(),
    });
    audit
}

#[test]
fn the_page_fits_and_reads_well_on_a_phone_and_on_a_desk_in_light_and_dark() {
    let page = html(&wide());
    for (size, dark) in [(PHONE, false), (PHONE, true), (DESK, false), (DESK, true)] {
        let Some(look) = look(&page, size, dark) else {
            return;
        };
        let paper = if dark {
            "rgb(13, 17, 23)"
        } else {
            "rgb(255, 255, 255)"
        };
        let expected =
            serde_json::json!({ "problems": [], "plots": 3, "width": size.0, "paper": paper });
        assert_eq!(look.page, expected, "{size:?}, dark: {dark}");
        assert!(look.console.is_empty(), "{:?}", look.console);
    }
}

#[test]
fn what_is_wrong_with_a_page_is_seen() {
    let page = html(&sample::audit());
    let page = page.replace(
        "<main id=\"content\">",
        "<main id=\"content\"><script>alert(1)</script><h4>deep</h4>\
         <p style=\"width:3000px;color:#ccc\">wide and pale</p>",
    );
    let page = page.replace("class=\"point\"", "class=\"nothing\"");
    let Some(look) = look(&page, PHONE, false) else {
        return;
    };
    let problems = look.page["problems"].to_string();
    for problem in [
        "wide in 360",
        "contrast of 1.",
        "skips a level",
        "without points",
    ] {
        assert!(problems.contains(problem), "no {problem} in {problems}");
    }
    assert!(
        !look.console.is_empty(),
        "the script was refused in silence"
    );
}
