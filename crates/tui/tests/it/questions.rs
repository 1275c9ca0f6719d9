//! What people ask a dashboard: where each answer stands at 160x48 and at 80x24, and the keys that lead to it.

use std::sync::Arc;

use cuckoo_protocol::{
    B256,
    contract::Role,
    status::{CasePart, CaseRow, CaseStage, Publisher, Snapshot},
};
use cuckoo_tui::{Demo, Model, Msg, msg::Command, update, view::to_text};

use super::{model, pane};

/// A node's hour: its snapshots one after the other.
fn an_hour(of: fn(&Demo) -> Snapshot, change: impl Fn(&mut Snapshot), width: u16, height: u16) -> Model {
    let mut demo = Demo::new(7);
    let take = |demo: &Demo| {
        let mut snapshot = of(demo);
        change(&mut snapshot);
        snapshot
    };
    let mut model = model(Some(take(&demo)), width, height);
    for minute in 1..=60 {
        for _ in 0..60 {
            demo.step();
        }
        update(&mut model, Msg::Snapshot { snapshot: Arc::new(take(&demo)), now: minute * 60_000 });
    }
    model
}

struct Question {
    asked: &'static str,
    of: fn(&Demo) -> Snapshot,
    keys: &'static [Command],
    /// What the frame has to say. Whatever stands there together is in one line.
    answer: &'static [&'static [&'static str]],
}

const COORDINATOR: fn(&Demo) -> Snapshot = Demo::snapshot;
const MINER: fn(&Demo) -> Snapshot = Demo::miner;
const STAKER: fn(&Demo) -> Snapshot = Demo::staker;

const fn ask(
    asked: &'static str,
    of: fn(&Demo) -> Snapshot,
    keys: &'static [Command],
    answer: &'static [&'static [&'static str]],
) -> Question {
    Question { asked, of, keys, answer }
}

fn questions() -> Vec<Question> {
    of_miners().into_iter().chain(of_others()).chain(of_stakers()).collect()
}

fn of_stakers() -> Vec<Question> {
    vec![
        ask(
            "24 Can I use it at all without a node?",
            STAKER,
            &[],
            &[&["staker 0x28282828"], &["total", "56,390.80"], &["robin", "15,000 CAI"]],
        ),
        ask(
            "25 What have I, in which state?",
            STAKER,
            &[],
            &[
                &["liquid", "1,204.00"],
                &["free", "5,000.00", "behind no node"],
                &["vote", "40,000.00", "dunnock"],
                &["unbonding", "10,000.00", "sedge"],
                &["rewards", "66.80", "robin"],
            ],
        ),
        ask(
            "26 When does my unbonding end?",
            STAKER,
            &[],
            &[&["unbonding", "sedge in 13d 19h"], &["now", "120.00 CAI releasable brambling"]],
        ),
        ask(
            "27 What do I earn; which node pays best after commission?",
            STAKER,
            &[Command::Focus(2)],
            &[&["YIELD/Y", "COMMISSION"], &["dunnock", "13.8%", "25,000"], &["wagtail", "14.3%"]],
        ),
        ask(
            "28 Does a node of mine change its commission, is it on trial?",
            STAKER,
            &[Command::Focus(2)],
            &[&["robin", "5 → 12 %"], &["! trial"], &["wagtail"]],
        ),
        ask("29 Open disputes; am I on a jury; deadline", STAKER, &[Command::Focus(3)], &[&["wagtail", "juror", "2d"]]),
    ]
}

fn of_miners() -> Vec<Question> {
    vec![
        ask("1 Do I work now, how fast?", MINER, &[], &[&["tokens/s"], &["running of"]]),
        ask(
            "2 Am I earning: today, per hour, per GPU, against power?",
            MINER,
            &[],
            &[&["earned", "in 24 h", "in 1 h"], &["per GPU", "per kWh"]],
        ),
        ask("3 Who owes me, is it late?", MINER, &[], &[&["pipit", "voucher", "late", "at risk"]]),
        ask(
            "4 Why did I get no task? do I get my share?",
            MINER,
            &[Command::Focus(2), Command::Menu],
            &[&["why it gives few tasks", "cuckoo miner why"]],
        ),
        ask(
            "5 Which GPU throttles?",
            MINER,
            &[Command::Focus(4), Command::Detail],
            &[&["problem", "heat slows it down"], &["▲1", "91"]],
        ),
        ask(
            "6 Is the model loaded, are slots free?",
            MINER,
            &[Command::Focus(4), Command::Detail],
            &[&["serves", "slots free"]],
        ),
        ask(
            "7 Does a coordinator refuse me, for what?",
            MINER,
            &[],
            &[&["pipit", "✕ refused", "12 answered tickets have no voucher"]],
        ),
        ask(
            "8 What did this task pay; how long did it take?",
            MINER,
            &[Command::Focus(1), Command::Bottom],
            &[&["RAN", "COST"], &["✓ done", "s", "0.0"]],
        ),
        ask("9 Is the chain read, does the engine run?", MINER, &[Command::Focus(5)], &[&["chain", "is read well"]]),
        ask(
            "10 My stake, votes, rank, share",
            MINER,
            &[Command::Focus(3)],
            &[&["stake", "own +", "votes", "(#1 of 8)"]],
        ),
    ]
}

fn of_others() -> Vec<Question> {
    vec![
        ask("11 Is it up, is the chain read?", COORDINATOR, &[], &[&["LIVE"], &["block 8,"]]),
        ask("12 How long is the queue, which model?", COORDINATOR, &[], &[&["running", "queued"]]),
        ask("13 What failed in the last hour and why?", COORDINATOR, &[], &[&["failed and", "done in 1 h"], &["×  "]]),
        ask("14 Which miner is slow?", COORDINATOR, &[Command::Focus(2)], &[&["TOK/S"], &["sedge", "24.0"]]),
        ask("15 Which miner cheats?", COORDINATOR, &[], &[&["redstart", "✕ suspended", "stood alone 8 times of 8"]]),
        ask("16 Which miner loses tasks?", COORDINATOR, &[], &[&["whinchat", "▲ paused", "it loses too many tasks"]]),
        ask("17 Who is missing?", COORDINATOR, &[Command::Focus(2)], &[&["linnet", "○ away"]]),
        ask("18 Is my escrow running out, when?", COORDINATOR, &[], &[&["escrow", "9,951.00", "/h, empty in"]]),
        ask("19 p50/p95 of first token, success", COORDINATOR, &[], &[&["p50", "p95"], &["success", "%"]]),
        ask("20 Which client floods?", COORDINATOR, &[], &[&["open", "tasks", "tokens"]]),
        ask("21 Oldest task, its deadline", COORDINATOR, &[Command::Focus(1), Command::Detail], &[&["deadline in"]]),
        ask(
            "22 Does the standby follow, is the journal well?",
            COORDINATOR,
            &[Command::Focus(5)],
            &[&["journal", "in PostgreSQL", "ms a commit"], &["replicas", "1 follows", "for 2h"]],
        ),
        ask("23 What changed lately?", COORDINATOR, &[Command::Focus(6)], &[&["task", "failed"], &["WHAT HAPPENED"]]),
        ask(
            "25 What is owed, in which state?",
            MINER,
            &[Command::Focus(3)],
            &[&["IN ALL", "VOUCHERED", "AT RISK"], &["owed", "in vouchers"]],
        ),
        ask(
            "28 Does a node cheat or go away?",
            COORDINATOR,
            &[Command::Focus(2)],
            &[&["redstart", "✕ suspended"], &["linnet", "○ away"]],
        ),
        ask(
            "29 Open disputes; am I on a jury; deadline",
            COORDINATOR,
            &[Command::Focus(5)],
            &[&["robin", "juror", "9m"]],
        ),
        ask(
            "30 Weight and share of every node",
            COORDINATOR,
            &[Command::Focus(2)],
            &[&["SHARE"], &["dunnock", "40.2%"]],
        ),
        ask("31 One look: well or not?", COORDINATOR, &[], &[&["▲ LIVE"], &["redstart suspended"]]),
        ask("32 See work, nodes and GPUs together", MINER, &[], &[&["Work"], &["GPUs"], &["Coordinators"]]),
        ask("33 Readable without color", COORDINATOR, &[], &[&["✕", "suspended"]]),
    ]
}

#[test]
fn every_question_has_its_answer_on_the_screen() {
    let with_case = |snapshot: &mut Snapshot| {
        let robin = snapshot.nodes.iter().find(|node| node.name.raw() == "robin").expect("a miner").address;
        if snapshot.node.role == Role::Coordinator {
            snapshot.cases = vec![CaseRow {
                id: B256::repeat_byte(7),
                accused: robin,
                part: CasePart::Juror,
                stage: CaseStage::Committing,
                until: Some(snapshot.chain.block_at + 9 * 60_000),
                taken: Default::default(),
            }];
        }
    };
    let mut missed = vec![];
    for (width, height) in [(160, 48), (80, 24)] {
        let models = [COORDINATOR, MINER, STAKER].map(|of| an_hour(of, with_case, width, height));
        for question in questions() {
            let place = match (question.of)(&Demo::new(7)).node.role {
                Publisher::Coordinator => 0,
                Publisher::Miner => 1,
                Publisher::Staker | Publisher::Group => 2,
            };
            let mut model = models[place].clone();
            for key in question.keys {
                update(&mut model, Msg::Key(*key));
            }
            let text = to_text(&model, width, height);
            let stands = |words: &&[&str]| text.lines().any(|line| words.iter().all(|word| line.contains(word)));
            for words in question.answer.iter().filter(|words| !stands(words)) {
                missed.push(format!("{} at {width}x{height}: {words:?}\n{text}", question.asked));
            }
        }
    }
    assert!(missed.is_empty(), "{} answers are missed:\n{}", missed.len(), missed.join("\n\n"));
}

#[test]
fn all_questions_take_two_keys_at_most() {
    let questions = questions();
    assert!(questions.len() >= 34, "{}", questions.len());
    assert!(questions.iter().all(|question| question.keys.len() <= 2));
    assert_eq!(pane("Events"), 6);
}
