//! [`Once`]: what is made of a thing that thousands of rows share, made once.

use rustc_hash::FxHashMap;

/// Things kept. Rows that share nothing must not fill the memory.
const MOST: usize = 1 << 16;

/// Results by the address of what they were made from, which is borrowed for as long: no other
/// thing can come to lie there.
#[derive(Debug)]
pub(super) struct Once<'a, T, R> {
    made: FxHashMap<*const T, R>,
    things: std::marker::PhantomData<&'a T>,
}

impl<T, R> Default for Once<'_, T, R> {
    fn default() -> Self {
        Self {
            made: FxHashMap::default(),
            things: std::marker::PhantomData,
        }
    }
}

impl<'a, T, R> Once<'a, T, R> {
    /// What `make` makes of `thing`, now or earlier.
    pub(super) fn of(&mut self, thing: &'a T, make: impl FnOnce(&T) -> R) -> &R {
        let addr = std::ptr::from_ref(thing);
        if self.made.len() >= MOST && !self.made.contains_key(&addr) {
            self.made.clear();
        }
        self.made.entry(addr).or_insert_with(|| make(thing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_thing_is_looked_at_once() {
        let things = [String::from("a"), String::from("b")];
        let mut once = Once::default();
        let mut made = 0;
        for thing in [&things[0], &things[1], &things[0]] {
            let shown = once.of(thing, |thing| {
                made += 1;
                thing.to_uppercase()
            });
            assert_eq!(*shown, thing.to_uppercase());
        }
        assert_eq!(made, 2);
    }
}
