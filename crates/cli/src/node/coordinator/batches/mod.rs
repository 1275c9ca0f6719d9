//! Files that applications hand in, and the batches of requests that they are: what is kept of them on disk, each key's own.

mod batch;
mod store;

pub(super) use self::{
    batch::{Batch, Counts, LineError, Status},
    store::{Batches, Quota, StoredFile, new_id},
};
