//! Problems as a terminal shows them: the message, the text that is to blame, what to do.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::problem::{Place, Problem};

/// An error that ended something.
pub(super) fn error(problem: &Problem, colour: bool) -> String {
    render(problem, Level::ERROR, colour)
}

/// A warning that ended nothing.
pub(super) fn warning(problem: &Problem, colour: bool) -> String {
    render(problem, Level::WARNING, colour)
}

fn render(problem: &Problem, level: Level, colour: bool) -> String {
    let mut group = Group::with_title(level.primary_title(problem.message()));
    if let Some(place) = problem.place() {
        let marked = AnnotationKind::Primary.span(bytes(place));
        let snippet = Snippet::source(place.source.text.as_ref()).path(place.source.name.as_ref());
        group = group.element(snippet.annotation(marked));
    }
    for hint in problem.hints() {
        group = group.element(Level::HELP.with_name("hint").message(hint));
    }
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// Where a place lies in its text, in bytes.
fn bytes(place: &Place) -> std::ops::Range<usize> {
    let text = place.source.text.as_ref();
    let line_start: usize = text.split_inclusive('\n').take(place.line - 1).map(str::len).sum();
    let line = text[line_start..].lines().next().unwrap_or_default();
    let at =
        |characters: usize| line.char_indices().nth(characters).map_or(line.len(), |(at, _)| at);
    let start = at(place.column - 1);
    let end = at(place.column - 1 + place.length);
    line_start + start..line_start + end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Source;

    #[test]
    fn columns_are_characters_and_not_bytes() {
        let source = Source::new("r.sql", "SELECT 1;\nSELECT 'é', nsp(x)\n");
        let place = source.place(2, 13, 3).unwrap();
        assert_eq!(&source.text[bytes(&place)], "nsp");
    }

    #[test]
    fn a_place_beyond_the_end_marks_the_end() {
        let place = Source::new("r.sql", "SELECT").place(9, 9, 9).unwrap();
        assert_eq!(bytes(&place), 6..6);
    }
}
