//! What a model at hand says of disputed answers before a bond is posted.

use cuckoo_protocol::{
    Cai,
    audit::{Judgement, MOST_ANSWERS},
    evidence::Bundle,
};

use crate::{
    command::{
        audit::{Model, Opinion},
        shared::check::count,
    },
    context::Context,
    terminal::{Error, Result},
};

/// Examines the answers. Whatever a jury with this model would not call guilty is an error, unless it is to be disputed all the same.
pub(super) async fn examine(
    model: Model,
    bundles: Option<&[Bundle]>,
    bond: Cai,
    force: bool,
    context: &Context,
) -> Result<Opinion> {
    let Some(bundles @ [first, ..]) = bundles else {
        return Err(Error::precondition(
            "the answers cannot be examined, because a file holds a receipt and not a bundle of evidence",
        )
        .hint("fetch the evidence: cuckoo task evidence ID > FILE; or leave out --model"));
    };
    if let Some(other) = bundles.iter().find(|bundle| bundle.manifest.id() != first.manifest.id()) {
        let (first, other) = (first.manifest.id(), other.manifest.id());
        return Err(Error::precondition(format_args!("the answers are of two models, {first} and {other}"))
            .hint("open one dispute for each model"));
    }
    let progress = context.printer.progress("Loading the model");
    let judge = model.start(&first.manifest).await?;
    progress.set(format!("Examining {}", count(bundles.len(), "answer")));
    let opinion = judge.examine(bundles, MOST_ANSWERS).await?;
    drop(progress);
    let tokens = count(opinion.tokens(), "token");
    let problem = match opinion.judgement {
        Judgement::Guilty => {
            context.printer.ok(format_args!(
                "a jury with this model would find the miner guilty: {} ({tokens})",
                opinion.reason()
            ));
            return Ok(opinion);
        }
        Judgement::Innocent => format!(
            "the model can have written it ({tokens}): a jury with this model would find the miner innocent, and the bond of {bond} \
             would be lost"
        ),
        Judgement::Unavailable => {
            let reason = opinion.unverified().unwrap_or("the noise between this device and the miner's is not known");
            format!(
                "it cannot be told whether the model has written it ({tokens}): {reason}; a jury like this one would cost half of the \
                 bond of {bond}"
            )
        }
    };
    if !force {
        let error = Error::precondition(problem).hint("open the dispute all the same: --force");
        return Err(error.data(serde_json::to_value(&opinion)?));
    }
    context.printer.warn(problem);
    Ok(opinion)
}
