//! How often something may happen that anybody can cause and that costs more than an answer.

use std::sync::{Mutex, PoisonError};

/// So many in each span of time.
#[derive(Debug)]
pub struct Allowance {
    most: u32,
    seconds: i64,
    /// When the span began, and how many it has had.
    taken: Mutex<(i64, u32)>,
}

impl Allowance {
    /// `most` in each `seconds`.
    pub const fn new(most: u32, seconds: i64) -> Self {
        Self { most, seconds, taken: Mutex::new((0, 0)) }
    }

    /// Takes one at a second; whether there was one left.
    pub fn take(&self, now: i64) -> bool {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if now - taken.0 >= self.seconds || now < taken.0 {
            *taken = (now, 0);
        }
        let left = taken.1 < self.most;
        taken.1 += u32::from(left);
        left
    }
}

#[cfg(test)]
mod tests {
    use super::Allowance;

    #[test]
    fn an_allowance_is_used_up_and_comes_back_with_the_next_span() {
        let allowance = Allowance::new(2, 10);
        assert_eq!([100, 101, 105, 109, 110].map(|now| allowance.take(now)), [true, true, false, false, true]);
    }
}
