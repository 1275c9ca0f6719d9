//! Files that applications hand in, and the batches of requests that they are: what is kept of them on disk, each key's own.

mod batch;
mod quota;
mod store;

pub(super) use self::{
    batch::{Batch, Counts, LineError, Status},
    quota::Quota,
    store::{Batches, StoredFile, new_id},
};
