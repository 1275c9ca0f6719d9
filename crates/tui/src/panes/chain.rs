//! The pane Chain: the chain as the node sees it, the epoch, and the disputes.

use std::borrow::Cow;

use cuckoo_protocol::status::{CasePart, CaseRow, JournalInfo, ReplicaRow, Topic};
use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Line};

use super::{
    pane::{Pane, Scene, draw_lines, labelled},
    tasks::node_name,
};
use crate::{
    model::{Action, Feed, Field, Home, Key, Rank},
    widgets::{
        table::Column,
        text::{Age, address, cai, external, grouped, sentence},
    },
};

static COLUMNS: [Column; 6] = [
    Column::words("CASE", 10, 10, 0),
    Column::words("AGAINST", 10, 20, 1),
    Column::words("OWN PART", 10, 10, 2),
    Column::words("STAGE", 12, 36, 4),
    Column::figures("ENDS IN", 7, 3),
    Column::figures("TAKEN", 10, 5),
];

const NAMES: [&str; 4] = ["id", "against", "part", "stage"];

/// The pane.
pub(super) struct Chain;

fn case(feed: &Feed, row: usize) -> Option<&CaseRow> {
    feed.snapshot.as_deref()?.cases.get(row)
}

fn against(feed: &Feed, case: &CaseRow) -> String {
    feed.snapshot.as_deref().map_or_else(|| address(&case.accused), |snapshot| node_name(feed, snapshot, &case.accused))
}

/// The publishing node's part in one word.
const fn part(part: CasePart) -> &'static str {
    match part {
        CasePart::Accused => "accused",
        CasePart::Challenger => "challenger",
        CasePart::Juror => "juror",
        CasePart::Observer => "-",
    }
}

/// Milliseconds of the chain's time until a stage ends.
fn left(feed: &Feed, case: &CaseRow) -> Option<u64> {
    Some(case.until?.saturating_sub(feed.snapshot.as_deref()?.chain.block_at))
}

/// How the journal does, and who follows.
fn journal_lines(scene: &Scene<'_>, journal: &JournalInfo) -> [Line<'static>; 2] {
    let theme = scene.theme;
    let (events, place) = (grouped(journal.events), journal.place.words());
    let well = match journal.commit_us {
        0 => format!("in {place}, {events} events since its checkpoint"),
        took => {
            let (whole, tenth) = (took / 1_000, took % 1_000 / 100);
            format!("in {place}, {whole}.{tenth} ms a commit, {events} events since its checkpoint")
        }
    };
    let journal_line = match &scene.snapshot.node.problem {
        Some(problem) => labelled(theme, "journal", sentence(problem), theme.bad),
        None => labelled(theme, "journal", well, theme.text),
    };
    let (words, style) = match journal.replicas.as_deref() {
        None if journal.place.is_shared() => {
            ("not seen: this node runs without --replica-listen".to_owned(), theme.dim)
        }
        None => ("none: a journal in a file has one coordinator".to_owned(), theme.dim),
        Some([]) => ("nobody follows: nobody takes over at once".to_owned(), theme.warn),
        Some(rows) => {
            let row = |row: &ReplicaRow| {
                format!("{} for {}", external(row.address.raw()), Age::of(scene.feed.age(row.since)))
            };
            let rows: Vec<_> = rows.iter().map(row).collect();
            let verb = if rows.len() == 1 { "follows" } else { "follow" };
            (format!("{} {verb}: {}", rows.len(), rows.join(", ")), theme.ok)
        }
    };
    [journal_line, labelled(theme, "replicas", words, style)]
}

impl Pane for Chain {
    fn title(&self) -> &'static str {
        "Chain"
    }

    fn topics(&self) -> &'static [Topic] {
        &[Topic::Chain]
    }

    fn columns(&self) -> &'static [Column] {
        &COLUMNS
    }

    fn names(&self) -> &'static [&'static str] {
        &NAMES
    }

    fn rows(&self, feed: &Feed) -> usize {
        feed.snapshot.as_ref().map_or(0, |snapshot| snapshot.cases.len())
    }

    fn key(&self, feed: &Feed, row: usize) -> Option<Key> {
        case(feed, row).map(|case| case.id)
    }

    fn urgency(&self, feed: &Feed, row: usize) -> u8 {
        match case(feed, row) {
            Some(case) if case.stage.is_closed() => 2,
            Some(case) => u8::from(case.part == CasePart::Observer),
            None => 3,
        }
    }

    fn rank(&self, feed: &Feed, row: usize, column: usize) -> Rank {
        let Some(case) = case(feed, row) else { return Rank::Unknown };
        match column {
            0 => Rank::Word(case.id.to_string()),
            1 => Rank::Word(against(feed, case)),
            2 => Rank::Word(part(case.part).to_owned()),
            3 => Rank::Word(case.stage.words().to_owned()),
            4 => left(feed, case).map_or(Rank::Unknown, |left| Rank::Number(left.into())),
            _ => Rank::Number(u64::try_from(case.taken.base_units() >> 40).unwrap_or(u64::MAX).into()),
        }
    }

    fn field(&self, feed: &Feed, row: usize, name: &str) -> Field {
        let Some(case) = case(feed, row) else { return Field::Unknown };
        match name {
            "id" => Field::Words(case.id.to_string()),
            "against" => Field::Words(against(feed, case)),
            "part" => Field::Words(part(case.part).to_owned()),
            "stage" => Field::Words(case.stage.words().to_owned()),
            _ => Field::Unknown,
        }
    }

    fn cell(&self, scene: &Scene<'_>, row: usize, column: usize) -> (Cow<'static, str>, Style) {
        let theme = scene.theme;
        let Some(case) = case(scene.feed, row) else { return ("".into(), theme.text) };
        let text = if case.stage.is_closed() { theme.dim } else { theme.text };
        match column {
            0 => (case.id.to_string().chars().take(10).collect::<String>().into(), text),
            1 => (against(scene.feed, case).into(), text),
            2 => (part(case.part).into(), if case.part == CasePart::Observer { theme.dim } else { theme.warn }),
            3 => (case.stage.words().into(), text),
            4 => (left(scene.feed, case).map_or_else(|| "-".to_owned(), |left| Age::of(left).to_string()).into(), text),
            _ => (if case.taken.is_zero() { "-".to_owned() } else { cai(case.taken) }.into(), text),
        }
    }

    fn name(&self, scene: &Scene<'_>, row: usize) -> String {
        case(scene.feed, row).map_or_else(String::new, |case| format!("Dispute of {}", against(scene.feed, case)))
    }

    fn detail(&self, scene: &Scene<'_>, row: usize, _width: u16) -> Vec<Line<'static>> {
        let theme = scene.theme;
        let Some(case) = case(scene.feed, row) else { return vec![] };
        let mut lines = vec![
            labelled(theme, "id", case.id.to_string(), theme.text),
            labelled(theme, "against", format!("{} {}", against(scene.feed, case), case.accused), theme.text),
            labelled(theme, "part", case.part.words(scene.snapshot.node.role).unwrap_or("none"), theme.text),
            labelled(theme, "stage", case.stage.words(), theme.text),
        ];
        if let Some(left) = left(scene.feed, case) {
            lines.push(labelled(theme, "ends", format!("in {} of the chain's time", Age::of(left)), theme.text));
        }
        if !case.taken.is_zero() {
            lines.push(labelled(theme, "taken", case.taken.to_string(), theme.text));
        }
        lines.push(labelled(theme, "command", self.command(scene.feed, row).unwrap_or_default(), theme.dim));
        lines
    }

    fn id(&self, feed: &Feed, row: usize) -> Option<String> {
        case(feed, row).map(|case| case.id.to_string())
    }

    fn command(&self, feed: &Feed, row: usize) -> Option<String> {
        case(feed, row).map(|case| format!("cuckoo dispute show {}", case.id))
    }

    fn actions(&self, feed: &Feed, row: Option<usize>, _home: &Home) -> Vec<Action> {
        let Some(case) = row.and_then(|row| case(feed, row)) else { return vec![] };
        let mut actions = vec![Action::new("show it", format!("cuckoo dispute show {}", case.id))];
        if case.stage.is_closed() {
            actions.push(Action::new("get a bond back", format!("cuckoo dispute bond {}", case.id)));
        } else {
            actions.push(Action::new("do what it waits for", format!("cuckoo dispute advance {}", case.id)));
            actions.push(Action::new("join the challengers", format!("cuckoo dispute join {}", case.id)));
        }
        actions
    }

    fn head_height(&self, feed: &Feed, _body: u16) -> u16 {
        let journal = feed.snapshot.as_ref().and_then(|snapshot| snapshot.journal.as_ref());
        5 + journal.map_or(0, |_| 2)
    }

    fn draw_head(&self, scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
        let inside = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
        let (theme, chain) = (scene.theme, &scene.snapshot.chain);
        let problem = chain.problem.as_ref().map(|problem| sentence(problem));
        let (words, style) = match problem {
            Some(problem) => (problem, theme.bad),
            None => ("is read well".to_owned(), theme.ok),
        };
        let age = Age::of(scene.feed.age(chain.block_at));
        let percent = u128::from(chain.into_epoch()) * 100 / u128::from(chain.epoch_seconds.max(1));
        let mut lines = vec![
            labelled(
                theme,
                "network",
                format!("{}, chain id {}", external(&chain.network), chain.chain_id),
                theme.text,
            ),
            labelled(theme, "chain", words, style),
            labelled(theme, "block", format!("{}, {age} old", grouped(chain.block)), theme.text),
            labelled(
                theme,
                "epoch",
                format!(
                    "{}, {percent} % over, ends in {}",
                    grouped(chain.epoch),
                    Age::of(chain.to_next_epoch().saturating_mul(1_000))
                ),
                theme.text,
            ),
        ];
        if let Some(journal) = &scene.snapshot.journal {
            lines.extend(journal_lines(scene, journal));
        }
        draw_lines(inside, buffer, &lines);
    }

    fn summary(&self, scene: &Scene<'_>) -> String {
        let open = scene.snapshot.cases.iter().filter(|case| !case.stage.is_closed()).count();
        if open == 0 { String::new() } else { format!("{open} open") }
    }

    fn empty(&self) -> &'static str {
        "No disputes are open, and none ended in the last day."
    }
}
