//! One way to call a function: what its rows are, its arguments and its constants.

use crate::kernel::{
    EntityFold, EventFold, Fold, Formula, Journey, Kernel, LABELLED_CONDITIONS, LabelledFold,
    ListFold, Ordered, SeriesFold, ShortFold, Tally,
};
use crate::math::Event;

use super::{Arg, Setting};

/// One way to call a function.
#[derive(Debug)]
pub struct Form {
    /// What a row of its input is.
    pub rows: &'static str,
    /// The constants that stand before the arguments, in order.
    pub lead: &'static [&'static Setting],
    /// The arguments, in order.
    pub args: &'static [Arg],
    /// The most arguments that a call can have.
    pub most: usize,
    /// The constants that may follow them, in order.
    pub settings: &'static [&'static Setting],
    /// The code that computes it.
    pub kernel: Kernel,
}

impl Form {
    const fn new(rows: &'static str, args: &'static [Arg], kernel: Kernel) -> Self {
        Self { rows, lead: &[], args, most: usize::MAX, settings: &[], kernel }
    }

    /// A metric over rows, each of which is `rows`.
    #[must_use]
    pub const fn rows<F: Fold>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::rows::<F>())
    }

    /// A metric over customers (or orders, or whatever the first argument tells apart), of which
    /// there may be many rows.
    #[must_use]
    pub const fn entities<E: EntityFold<Tally: Tally>>(
        rows: &'static str,
        args: &'static [Arg],
    ) -> Self {
        Self::new(rows, args, Kernel::entities::<E>())
    }

    /// A metric over customers, of which less is kept in a call for which that is enough.
    #[must_use]
    pub const fn entities_or_short<E: EntityFold<Tally: Tally>, S: ShortFold>(
        rows: &'static str,
        args: &'static [Arg],
    ) -> Self {
        Self::new(rows, args, Kernel::entities_or_short::<E, S>())
    }

    /// A metric over pairs of characteristics, which the first two arguments tell apart.
    #[must_use]
    pub const fn pairs<E: EntityFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::pairs::<E>())
    }

    /// A metric that needs every row until the end.
    #[must_use]
    pub const fn lists<L: ListFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::lists::<L>())
    }

    /// A metric of what happened in order.
    #[must_use]
    pub const fn events<E: EventFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        let form = Self::new(rows, args, Kernel::events::<E>());
        // One of the arguments is the time.
        form.at_most(Event::MAX_CONDITIONS + 1)
    }

    /// A metric that tells what happened beside something else.
    #[must_use]
    pub const fn labelled<E: LabelledFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        let form = Self::new(rows, args, Kernel::labelled::<E>());
        // Two of the arguments are the time and the label.
        form.at_most(LABELLED_CONDITIONS + 2)
    }

    /// A function of values in order.
    #[must_use]
    pub const fn series<S: SeriesFold>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::series::<S>())
    }

    /// A function of rows in order, each of which is `rows` and has a result.
    #[must_use]
    pub const fn ordered<O: Ordered>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::ordered::<O>())
    }

    /// A function of rows in order, each of which is `rows` and has a result that needs all of them.
    #[must_use]
    pub const fn journey<J: Journey>(rows: &'static str, args: &'static [Arg]) -> Self {
        Self::new(rows, args, Kernel::journey::<J>())
    }

    /// A function of one row.
    #[must_use]
    pub const fn formula<F: Formula>(args: &'static [Arg]) -> Self {
        Self::new("its own result", args, Kernel::formula::<F>())
    }

    /// The same form, with settings after the arguments.
    #[must_use]
    pub const fn with(mut self, settings: &'static [&'static Setting]) -> Self {
        self.settings = settings;
        self
    }

    /// The same form, with constants before the arguments.
    #[must_use]
    pub const fn after(mut self, lead: &'static [&'static Setting]) -> Self {
        self.lead = lead;
        self
    }

    /// The same form, with so many arguments at most.
    #[must_use]
    pub const fn at_most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// The argument that stands at `position` in a call with `count` arguments, constants not
    /// counted.
    #[must_use]
    pub fn arg(&self, position: usize, count: usize) -> Option<&Arg> {
        let repeat = self.args.iter().position(|arg| arg.repeats).unwrap_or(self.args.len());
        let extra = count.checked_sub(self.args.len())?;
        if position <= repeat {
            self.args.get(position)
        } else {
            self.args.get(position.saturating_sub(extra).max(repeat))
        }
    }

    /// Whether a call may have this many arguments, constants not counted.
    #[must_use]
    pub fn takes(&self, count: usize) -> bool {
        let more = count > self.args.len() && count <= self.most && self.repeats();
        count == self.args.len() || more
    }

    /// How a call says in which order the rows come, where that matters.
    pub(crate) fn order(&self) -> &'static str {
        if self.kernel.is_ordered() { " ORDER BY …" } else { "" }
    }

    /// Whether one of its arguments may stand several times.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.args.iter().any(|arg| arg.repeats)
    }
}
