//! What another text had at an instruction that this text has too.

use crate::syntax::Instruction;

/// Things of another text, each about an instruction, in the order of that text. No two are about the same instruction.
pub(super) struct Same<'k, T> {
    all: &'k [T],
    instruction: fn(&T) -> &Instruction,
    /// The one behind the last that was found: both texts mostly go on alike.
    next: usize,
    /// Sorted identities of the instructions with the index of each, made when the texts part for the first time.
    sorted: Option<Vec<(usize, usize)>>,
}

impl<'k, T> Same<'k, T> {
    pub fn among(all: &'k [T], instruction: fn(&T) -> &Instruction) -> Self {
        Self { all, instruction, next: 0, sorted: None }
    }

    /// The one that is about `instruction`, at whatever place.
    pub fn find(&mut self, instruction: &Instruction) -> Option<&'k T> {
        let is_next = self.all.get(self.next).is_some_and(|next| (self.instruction)(next).is_same_as(instruction));
        let at = if is_next { self.next } else { self.look_up(instruction)? };
        self.next = at + 1;
        self.all.get(at)
    }

    /// A look at each would take quadratic time where most of a long text is new.
    fn look_up(&mut self, instruction: &Instruction) -> Option<usize> {
        let sorted = self.sorted.get_or_insert_with(|| {
            let identities = self.all.iter().map(|each| (self.instruction)(each).identity());
            let mut sorted: Vec<_> = identities.enumerate().map(|(index, identity)| (identity, index)).collect();
            sorted.sort_unstable();
            sorted
        });
        let found = sorted.binary_search_by_key(&instruction.identity(), |(identity, _)| *identity).ok()?;
        Some(sorted[found].1)
    }
}
