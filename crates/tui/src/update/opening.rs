//! Several nodes, of which one can be opened: what is awaited from the source meanwhile.

use cuckoo_protocol::{
    http::is_loopback,
    status::{Publisher, Snapshot},
};

use crate::{
    model::{Feed, Home, Model, Overlay, Watched},
    msg::Effect,
};

/// Whether a snapshot is of what is watched at the moment: one of several nodes may still be on its way while another is open.
pub(super) fn is_awaited(model: &mut Model, snapshot: &Snapshot) -> bool {
    let is_group = snapshot.node.role == Publisher::Group;
    match model.watched {
        // A recording goes from one to the other as its session did.
        _ if model.scrub.is_some() => true,
        Watched::One => {
            if is_group {
                model.watched = Watched::All;
            }
            true
        }
        Watched::All => is_group,
        Watched::Opened(_) => !is_group,
    }
}

/// Opens one of several nodes, or with none goes back to all of them.
pub(super) fn open(model: &mut Model, place: Option<usize>) -> Vec<Effect> {
    model.watched = place.map_or(Watched::All, Watched::Opened);
    let row = place.and_then(|place| model.live.snapshot.as_deref()?.group.get(place));
    model.home = match row {
        Some(row) => {
            let host = row.id.rsplit_once(':').map_or(row.id.as_str(), |(host, _)| host);
            Home { connect: Some(format!("http://{}", row.id)), is_remote: !is_loopback(Some(host)) }
        }
        None => Home { connect: None, is_remote: true },
    };
    model.live = Feed { now: model.live.now, thresholds: model.live.thresholds, ..Feed::default() };
    model.held = None;
    model.overlay = Overlay::None;
    vec![Effect::Open(place), Effect::Redraw]
}
