//! The table: each line is printed as it comes, and the whole at the end, as Markdown.

use crate::{Outcome, database, machine, quiet};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// A measured value with its unit.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    pub value: f64,
    pub unit: &'static str,
}

impl Measured {
    pub fn new(value: f64, unit: &'static str) -> Self {
        Self { value, unit }
    }

    /// A duration, in milliseconds.
    pub fn millis(duration: Duration) -> Self {
        Self::new(machine::millis(duration), "ms")
    }

    /// A duration, in microseconds.
    pub fn micros(duration: Duration) -> Self {
        Self::new(duration.as_secs_f64() * 1e6, "µs")
    }

    /// So many each second.
    pub fn per_second(value: f64) -> Self {
        Self::new(value, "/s")
    }

    /// Bytes, in mebibytes.
    pub fn mib(bytes: u64) -> Self {
        Self::new(machine::mib(bytes), "MiB")
    }

    fn text(self) -> String {
        let Self { value, unit } = self;
        let digits = match value.abs() {
            0.0 => 0,
            small if small < 10.0 => 2,
            small if small < 1000.0 => 1,
            _ => 0,
        };
        format!("{value:.digits$} {unit}")
    }
}

/// What a value should be. It is held against the ratio, or where there is none, against the
/// measured value.
#[derive(Debug, Clone, Copy)]
pub enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {least}"),
            Self::AtMost(most) => format!("≤ {most}"),
        }
    }
}

/// Some lines of the table, and what stands above it.
pub struct Report {
    head: Vec<String>,
    lines: Vec<Line>,
}

struct Line {
    room: String,
    name: String,
    ours: Measured,
    floor: Option<Measured>,
    ratio: Option<f64>,
    goal: Option<Goal>,
}

impl Report {
    /// Begins with the machine, the day and the versions.
    pub fn begin() -> Outcome<Self> {
        let now = jiff::Timestamp::try_from(std::time::SystemTime::now())?;
        let day = jiff::tz::TimeZone::UTC.to_datetime(now).date();
        let head = vec![machine::describe()?, format!("{day}, {}", database::versions()?)];
        for line in &head {
            println!("{line}");
        }
        Ok(Self { head, lines: Vec::new() })
    }

    /// Adds a line and prints it.
    pub fn row(
        &mut self,
        room: &str,
        what: &str,
        ours: Measured,
        floor: Option<Measured>,
        ratio: Option<f64>,
        goal: Option<Goal>,
    ) {
        let room = room.to_owned();
        let line = Line { name: format!("{room}: {what}"), room, ours, floor, ratio, goal };
        let [ours, floor, ratio, goal, holds] = line.cells();
        println!("{:<60} {ours:>14} {floor:>14} {ratio:>7} {goal:>8} {holds}", line.name);
        self.lines.push(line);
    }

    /// A line without floor or goal.
    pub fn value(&mut self, room: &str, what: &str, ours: Measured) {
        self.row(room, what, ours, None, None, None);
    }

    /// Prints the whole table, room by room; `against` adds how far each ratio is from an earlier
    /// run.
    pub fn end(&mut self, against: Option<&Path>) -> Outcome<()> {
        let mut rooms: Vec<String> = Vec::new();
        for line in &self.lines {
            if !rooms.contains(&line.room) {
                rooms.push(line.room.clone());
            }
        }
        self.lines.sort_by_key(|line| rooms.iter().position(|room| *room == line.room));
        let mut text = String::from("\n");
        for line in &self.head {
            writeln!(text, "{line}")?;
        }
        let earlier = against.map(read).transpose()?;
        let more = if earlier.is_some() { [" against before |", " --- |"] } else { [""; 2] };
        writeln!(text, "\n| what | measured | floor | ratio | goal | holds |{}", more[0])?;
        writeln!(text, "| --- | ---: | ---: | ---: | ---: | --- |{}", more[1])?;
        let mut furthest: Option<(f64, &str)> = None;
        for line in &self.lines {
            write!(text, "| {} | {} |", line.name, line.cells().join(" | "))?;
            if let Some(earlier) = &earlier {
                let before = line.compared().zip(earlier.get(&line.name));
                let apart = before.map(|(now, before)| now / before - 1.0);
                // Nothing was missed before, and nothing now.
                let apart = apart.filter(|apart| apart.is_finite());
                let shown = apart.map(|apart| format!("{:+.1} %", apart * 100.0));
                write!(text, " {} |", shown.unwrap_or_default())?;
                if let Some(apart) = apart.filter(|_| line.ratio.is_some())
                    && furthest.is_none_or(|(furthest, _)| apart.abs() > furthest)
                {
                    furthest = Some((apart.abs(), &line.name));
                }
            }
            text.push('\n');
        }
        if let Some((apart, name)) = furthest {
            writeln!(text, "\nfurthest from before: {:.1} %, {name}", apart * 100.0)?;
        }
        let missed = self.lines.iter().filter(|line| line.holds() == Some(false)).count();
        let goals = self.lines.iter().filter(|line| line.goal.is_some()).count();
        writeln!(text, "\n{} of {goals} goals hold", goals - missed)?;
        let waited = quiet::waited().as_secs();
        if waited > 0 {
            writeln!(text, "waited {waited} s for processors that others had taken away")?;
        }
        print!("{text}");
        Ok(())
    }

    /// Keeps ratios, and values that have a goal, for a later `--against`.
    pub fn save(&self, path: &Path) -> Outcome<()> {
        let mut text = String::new();
        for line in &self.lines {
            if let Some(value) = line.compared() {
                writeln!(text, "{}\t{value}", line.name)?;
            }
        }
        Ok(fs::write(path, text)?)
    }
}

impl Line {
    /// What is held against the goal and against earlier runs.
    fn compared(&self) -> Option<f64> {
        self.ratio.or_else(|| self.goal.map(|_| self.ours.value))
    }

    fn holds(&self) -> Option<bool> {
        Some(self.goal?.holds(self.compared()?))
    }

    fn cells(&self) -> [String; 5] {
        let holds = self.holds().map(|holds| if holds { "yes" } else { "missed" });
        [
            self.ours.text(),
            self.floor.map(Measured::text).unwrap_or_default(),
            self.ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default(),
            self.goal.map(Goal::text).unwrap_or_default(),
            holds.unwrap_or_default().to_owned(),
        ]
    }
}

fn read(path: &Path) -> Outcome<BTreeMap<String, f64>> {
    let mut values = BTreeMap::new();
    for line in fs::read_to_string(path)?.lines() {
        let (name, value) = line.split_once('\t').ok_or("no table of an earlier run")?;
        values.insert(name.to_owned(), value.parse()?);
    }
    Ok(values)
}
