//! What the loop costs: frames are counted, time is virtual.

use std::{cell::Cell, rc::Rc};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use futures::{StreamExt, channel::mpsc, stream};
use ratatui::{Terminal, backend::TestBackend};
use tokio::time::sleep;

use super::*;
use crate::{Demo, Model, view};

/// A screen that counts its frames.
struct Counter {
    terminal: Terminal<TestBackend>,
    frames: Rc<Cell<usize>>,
}

impl Counter {
    fn new() -> (Self, Rc<Cell<usize>>) {
        let frames = Rc::new(Cell::new(0));
        let terminal = Terminal::new(TestBackend::new(120, 40)).expect("a test terminal");
        (Self { terminal, frames: Rc::clone(&frames) }, frames)
    }
}

impl Screen for Counter {
    fn size(&mut self) -> io::Result<(u16, u16)> {
        Ok((120, 40))
    }

    fn draw(&mut self, model: &Model) -> io::Result<()> {
        self.frames.set(self.frames.get() + 1);
        let drawn = self.terminal.draw(|frame| view::draw(model, frame.area(), frame.buffer_mut()));
        drawn.map(drop).map_err(io::Error::other)
    }

    fn tell(&mut self, _model: &Model) -> io::Result<()> {
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn copy(&mut self, _text: &str) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn leave(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn enter(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A source that gives one snapshot, then nothing.
struct Once(Option<Snapshot>);

#[async_trait::async_trait]
impl Source for Once {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        match self.0.take() {
            Some(snapshot) => Ok(Arc::new(snapshot)),
            None => std::future::pending().await,
        }
    }
}

/// A source that repeats its snapshot.
struct Same(Arc<Snapshot>);

#[async_trait::async_trait]
impl Source for Same {
    async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
        sleep(Duration::from_millis(100)).await;
        Ok(Arc::clone(&self.0))
    }
}

type Events = mpsc::UnboundedSender<io::Result<Event>>;

fn press(events: &Events, character: char) {
    let event = Event::Key(KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE));
    events.unbounded_send(Ok(event)).expect("the loop listens");
}

/// Runs the loop beside `script`, which ends it.
async fn play<F: Future<Output = ()>>(source: impl Source, script: impl FnOnce(Events, Rc<Cell<usize>>) -> F) {
    let (mut screen, frames) = Counter::new();
    let (sender, events) = mpsc::unbounded();
    let options = Options { palette: Palette::True, ..Options::default() };
    let mut events = Some(events);
    let listen = || events.take().expect("once");
    let dashboard = drive((source, None), listen, stream::pending(), &mut screen, options, || false);
    let (ended, ()) = tokio::join!(dashboard, script(sender, frames));
    ended.expect("ends well");
}

#[tokio::test(start_paused = true)]
async fn nothing_to_show_costs_nothing() {
    play(Once(None), async |events, frames| {
        sleep(Duration::from_millis(10)).await;
        assert_eq!(frames.get(), 1, "the first frame waits for nobody");
        sleep(Duration::from_secs(3_600)).await;
        assert_eq!(frames.get(), 1);
        press(&events, 'q');
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_first_snapshot_is_drawn_at_once() {
    /// A source that has its first snapshot after thirty milliseconds.
    struct Late(Option<Snapshot>);
    #[async_trait::async_trait]
    impl Source for Late {
        async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
            sleep(Duration::from_millis(30)).await;
            match self.0.take() {
                Some(snapshot) => Ok(Arc::new(snapshot)),
                None => std::future::pending().await,
            }
        }
    }
    play(Late(Some(Demo::new(1).snapshot())), async |events, frames| {
        sleep(Duration::from_millis(35)).await;
        assert_eq!(frames.get(), 2, "one without and one with the snapshot");
        press(&events, 'q');
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_is_gone_is_a_good_end() {
    struct Gone(i32);
    impl Screen for Gone {
        fn size(&mut self) -> io::Result<(u16, u16)> {
            Ok((80, 24))
        }
        fn draw(&mut self, _model: &Model) -> io::Result<()> {
            Err(io::Error::from_raw_os_error(self.0))
        }
        fn tell(&mut self, _model: &Model) -> io::Result<()> {
            Ok(())
        }
        fn clear(&mut self) -> io::Result<()> {
            Ok(())
        }
        fn copy(&mut self, _text: &str) -> io::Result<()> {
            Ok(())
        }
        fn suspend(&mut self) -> io::Result<()> {
            Ok(())
        }
        fn leave(&mut self) -> io::Result<()> {
            Ok(())
        }
        fn enter(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    // EIO from a terminal that is there or not, and ENOENT from a helper that was looked for once it was not.
    for (error, is_terminal, is_good) in [(5, false, true), (5, true, true), (2, false, true), (2, true, false)] {
        let options = Options { palette: Palette::Plain, ..Options::default() };
        let mut screen = Gone(error);
        let ended = drive((Once(None), None), stream::pending, stream::pending(), &mut screen, options, || false).await;
        assert_eq!(good_end(ended, || is_terminal).is_ok(), is_good, "{error} {is_terminal}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_node_costs_nothing() {
    let mut snapshot = Demo::new(1).snapshot();
    snapshot.recent.clear();
    snapshot.chain.block_at = snapshot.taken_at - 3 * 86_400_000;
    play(Same(Arc::new(snapshot)), async |events, frames| {
        sleep(Duration::from_millis(500)).await;
        assert_eq!(frames.get(), 2, "one without and one with a snapshot");
        sleep(Duration::from_secs(5)).await;
        assert_eq!(frames.get(), 2);
        press(&events, 'q');
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_frozen_screen_costs_nothing() {
    play(Demo::new(1), async |events, frames| {
        sleep(Duration::from_millis(10_500)).await;
        let seen = frames.get();
        assert!((11..=13).contains(&seen), "one frame a second: {seen}");
        press(&events, 'p');
        sleep(Duration::from_millis(10)).await;
        assert_eq!(frames.get(), seen + 1);
        sleep(Duration::from_secs(5)).await;
        assert_eq!(frames.get(), seen + 1);
        press(&events, 'p');
        sleep(Duration::from_millis(10)).await;
        assert_eq!(frames.get(), seen + 2);
        press(&events, 'q');
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_node_that_never_rests_gets_five_frames_a_second() {
    /// A source that changes a thousand times a second.
    struct Restless(Demo);
    #[async_trait::async_trait]
    impl Source for Restless {
        async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
            sleep(Duration::from_millis(1)).await;
            self.0.step();
            Ok(Arc::new(self.0.snapshot()))
        }
    }
    play(Restless(Demo::new(1)), async |events, frames| {
        sleep(Duration::from_millis(2_050)).await;
        assert!((10..=12).contains(&frames.get()), "{}", frames.get());
        // A key is not kept waiting.
        let seen = frames.get();
        press(&events, '?');
        sleep(Duration::from_millis(2)).await;
        assert_eq!(frames.get(), seen + 1);
        press(&events, 'q');
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_burst_of_keys_is_one_frame() {
    play(Once(Some(Demo::new(1).snapshot())), async |events, frames| {
        sleep(Duration::from_millis(100)).await;
        press(&events, '2');
        sleep(Duration::from_millis(10)).await;
        let seen = frames.get();
        for _ in 0..100 {
            press(&events, 'j');
        }
        sleep(Duration::from_millis(10)).await;
        assert_eq!(frames.get(), seen + 1);
        press(&events, 'q');
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_signal_a_closed_terminal_and_a_closed_node_end_it() {
    struct Stopped;
    #[async_trait::async_trait]
    impl Source for Stopped {
        async fn next(&mut self) -> Result<Arc<Snapshot>, SourceError> {
            Err(SourceError::Closed)
        }
    }
    let options = || Options { palette: Palette::Plain, ..Options::default() };
    let broken = || stream::iter([Err(io::Error::other("gone"))]).chain(stream::pending());
    let never = stream::pending::<Ask>;
    let (mut screen, _) = Counter::new();
    drive((Once(None), None), stream::empty, never(), &mut screen, options(), || false).await.expect("end of input");
    drive((Once(None), None), broken, never(), &mut screen, options(), || false).await.expect("broken input");
    let ends = || stream::iter([Ask::Stop, Ask::End]);
    drive((Once(None), None), stream::pending, ends(), &mut screen, options(), || false).await.expect("a signal");
    drive((Stopped, None), stream::pending, never(), &mut screen, options(), || false)
        .await
        .expect("a node that stopped");
    let lost = drive((Once(None), None), stream::pending, never(), &mut screen, options(), || true).await;
    assert!(matches!(lost, Err(TuiError::Panicked)));
}
