//! The map of OWASP ASVS 5.0 in `docs/security.md` says what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// How many requirements ASVS 5.0.0 has, by level.
const REQUIREMENTS: [(u8, usize); 2] = [(1, 70), (2, 183)];
/// The least share of those that apply which is met, in percent, by level.
const LEAST_MET: [(u8, usize); 2] = [(1, 100), (2, 95)];

/// A row of the map.
struct Row {
    id: String,
    level: u8,
    requirement: String,
    state: String,
    evidence: String,
}

/// How many requirements of a level there are, by state.
#[derive(Debug, Default, PartialEq, Eq)]
struct Totals {
    requirements: usize,
    without: usize,
    met: usize,
    not_met: usize,
}

impl Totals {
    fn apply(&self) -> usize {
        self.met + self.not_met
    }

    fn percent(&self) -> usize {
        self.met * 100 / self.apply()
    }
}

#[test]
fn every_requirement_of_level_1_and_2_stands_in_the_map_once() {
    let page = page();
    let rows = rows(&page);
    let number = |id: &str| -> [u32; 3] {
        let parts = id.trim_start_matches('V').split('.').map(|part| part.parse().unwrap());
        parts.collect::<Vec<_>>().try_into().unwrap_or_else(|_| panic!("{id} is no id"))
    };
    let numbers: Vec<_> = rows.iter().map(|row| number(&row.id)).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "each once, in order");
    for (level, requirements) in REQUIREMENTS {
        let found = counted(&page, &rows, level).requirements;
        assert_eq!(found, requirements, "level {level}");
    }
    for row in &rows {
        let words = row.requirement.split_whitespace().count();
        assert!((1..=10).contains(&words), "{}: {words} words", row.id);
        let known = ["met", "not met", "does not apply"].contains(&row.state.as_str());
        assert!(known && !row.evidence.is_empty(), "{}: {}", row.id, row.state);
    }
}

#[test]
fn the_totals_at_the_top_are_those_of_the_tables() {
    let page = page();
    let rows = rows(&page);
    for (level, _) in REQUIREMENTS {
        let found = counted(&page, &rows, level);
        let expected = format!(
            "| {level} | {} | {} | {} | {} | {} | {} % |",
            found.requirements,
            found.without,
            found.apply(),
            found.met,
            found.not_met,
            found.percent()
        );
        assert!(page.contains(&expected), "the top must say {expected}");
    }
}

#[test]
fn level_1_is_met_as_a_whole_and_level_2_but_for_a_twentieth() {
    let page = page();
    let rows = rows(&page);
    for (level, least) in LEAST_MET {
        let found = counted(&page, &rows, level);
        assert!(found.percent() >= least, "level {level}: {} %", found.percent());
    }
}

#[test]
fn the_evidence_of_every_row_is_in_the_tree() {
    let functions = functions();
    let mut faults = Vec::new();
    for row in rows(&page()) {
        let cited: Vec<&str> = row.evidence.split('`').skip(1).step_by(2).collect();
        if row.state == "met" && cited.is_empty() {
            faults.push(format!("{}: cites nothing", row.id));
        }
        let mut file: Option<String> = None;
        for cited in cited {
            if is_path(cited) {
                file = text_of(cited);
                if file.is_none() {
                    faults.push(format!("{}: there is no {cited}", row.id));
                }
            } else if !functions.contains(cited)
                && !file.as_ref().is_some_and(|text| text.contains(cited))
            {
                faults.push(format!("{}: {cited} is nowhere", row.id));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    fs::read_to_string(root().join("docs/security.md")).unwrap()
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split(" | ").map(|cell| cell.trim().to_owned()).collect()
}

fn rows(page: &str) -> Vec<Row> {
    let is_row = |line: &&str| line.starts_with("| V") && cells(line)[0].contains('.');
    let row = |line: &str| {
        let Ok([id, level, requirement, state, evidence]) = <[String; 5]>::try_from(cells(line))
        else {
            panic!("a row has five cells: {line}")
        };
        Row { id, level: level.parse().unwrap(), requirement, state, evidence }
    };
    let rows: Vec<Row> = page.lines().filter(is_row).map(row).collect();
    assert!(!rows.is_empty());
    rows
}

/// The rows of a level, and the chapters that are left out as a whole.
fn counted(page: &str, rows: &[Row], level: u8) -> Totals {
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.level == level) {
        *states.entry(row.state.as_str()).or_default() += 1;
    }
    // | V10 | its name | of level 1 | of level 2 | why |
    let chapters = page.lines().filter(|line| line.starts_with("| V")).map(cells);
    let chapters = chapters.filter(|cells| !cells[0].contains('.'));
    let left_out: usize =
        chapters.map(|cells| cells[usize::from(level) + 1].parse::<usize>().unwrap()).sum();
    let of = |state: &str| states.get(state).copied().unwrap_or_default();
    let without = of("does not apply") + left_out;
    let (met, not_met) = (of("met"), of("not met"));
    Totals { requirements: without + met + not_met, without, met, not_met }
}

/// A file or folder of this repository, as the page cites it.
fn is_path(cited: &str) -> bool {
    let ends = [".rs", ".md", ".toml", ".lock", ".yml", ".js", ".mjs", ".html", ".json"];
    !cited.contains(' ')
        && !cited.starts_with('/')
        && (cited.contains('/') || ends.iter().any(|end| cited.ends_with(end)))
        || cited == "Dockerfile"
}

fn text_of(path: &str) -> Option<String> {
    let path = root().join(path);
    if path.is_dir() { Some(String::new()) } else { fs::read_to_string(path).ok() }
}

/// The names of all functions, tests among them.
fn functions() -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = BTreeSet::new();
    let mut folders: Vec<PathBuf> = ["src", "tests", "license", "client", "picture"]
        .iter()
        .map(|folder| root().join(folder))
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let after = text.split("fn ").skip(1);
                found.extend(after.map(|text| text.chars().take_while(|c| is_name(*c)).collect()));
            }
        }
    }
    found
}
