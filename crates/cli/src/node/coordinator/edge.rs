//! What a coordinator takes from applications: the operator's choices.

/// What applications may send, and from where.
#[derive(Clone, Debug, Default)]
pub struct Edge {
    /// The most bytes of a request's body.
    pub max_body: usize,
    /// The origins of web pages that may call, such as `https://ui.example`; `*` stands for all.
    pub origins: Vec<String>,
}
