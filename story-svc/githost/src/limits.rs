//! How much one request may bring, and how much work it may ask for.

/// What one push or one fetch may be at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a pack, as they come. 32 MiB.
    pub pack_bytes: usize,
    /// Bytes of all objects of a pack, unpacked and with their deltas applied, each. 64 MiB.
    pub inflated_bytes: u64,
    /// Bytes of one object, unpacked. 8 MiB.
    pub object_bytes: u64,
    /// Objects of a pack. 20,000.
    pub objects: u32,
    /// Deltas upon deltas. 300; git itself makes 50 of them, and 250 when told to be aggressive.
    pub delta_depth: u32,
    /// Commits of a push. 1,000.
    pub commits: usize,
    /// Files and folders of one commit, each. 2,000.
    pub files: usize,
    /// Files of all commits of a push, counted again in each. 200,000.
    pub listed_files: usize,
    /// Bytes of a path. 1,000.
    pub path_bytes: usize,
    /// `want`, `have` and `shallow` lines of a request, together. 20,000.
    pub negotiated: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pack_bytes: 32 << 20,
            inflated_bytes: 64 << 20,
            object_bytes: 8 << 20,
            objects: 20_000,
            delta_depth: 300,
            commits: 1_000,
            files: 2_000,
            listed_files: 200_000,
            path_bytes: 1_000,
            negotiated: 20_000,
        }
    }
}
