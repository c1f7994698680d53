//! A seeded generator (`SplitMix64`), so that a seed gives the same market in every version of every dependency.

#[derive(Debug)]
pub(in crate::test::venue) struct Random(u64);

impl Random {
    pub(in crate::test::venue) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(in crate::test::venue) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below `bound`, which must not be 0.
    pub(in crate::test::venue) fn below(&mut self, bound: u32) -> u32 {
        u32::try_from(self.next() % u64::from(bound)).unwrap_or_default()
    }
}
