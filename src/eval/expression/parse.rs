//! Tokens -> tree, by Go's grammar of expressions and types. Needs no target.

use super::ast::{BinaryOp, Expr, ExprKind, Literal, SliceBounds, UnaryOp};
use super::error::{ExpressionError, Span};
use super::lex::{Token, lex};

/// Nesting of one expression; nobody types more, and the parser calls itself.
const DEPTH: usize = 128;
/// Binary operators weaker than this are not taken.
const WEAKEST: u8 = 1;

/// The tree of an expression.
pub(super) fn parse(text: &str) -> Result<Expr, ExpressionError> {
    let tokens = lex(text)?;
    let mut parser = Parser {
        text,
        tokens,
        next: 0,
        depth: 0,
    };
    if parser.at_end() {
        let what = "an expression is missing";
        return Err(ExpressionError::wrong(0..text.len(), what).hint("for example `print x.items[0]`"));
    }
    let expr = parser.expression(WEAKEST)?;
    match parser.at_end() {
        true => Ok(expr),
        false => Err(parser.unexpected("the expression has ended before this")),
    }
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(Token, Span)>,
    next: usize,
    depth: usize,
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |(token, _)| token)
    }

    fn span(&self) -> Span {
        let end = self.text.len();
        self.tokens
            .get(self.next)
            .map_or(end..end, |(_, span)| span.clone())
    }

    /// Where the token before the next one ended.
    fn end(&self) -> usize {
        let last = self.next.checked_sub(1).and_then(|last| self.tokens.get(last));
        last.map_or(0, |(_, span)| span.end)
    }

    fn at_end(&self) -> bool {
        *self.token() == Token::End
    }

    fn sees(&self, sign: &str) -> bool {
        matches!(self.token(), Token::Sign(here) if *here == sign)
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.sees(sign);
        self.next += usize::from(found);
        found
    }

    fn need(&mut self, sign: &str) -> Result<(), ExpressionError> {
        if self.take(sign) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{sign}` is missing here")))
    }

    fn unexpected(&self, what: &str) -> ExpressionError {
        ExpressionError::wrong(self.span(), what)
    }

    /// Operands joined by operators that bind at least as strongly as `weakest`.
    fn expression(&mut self, weakest: u8) -> Result<Expr, ExpressionError> {
        self.deeper(|parser| {
            let mut left = parser.unary()?;
            while let Token::Sign(sign) = parser.token()
                && let Some((op, strength)) = BinaryOp::of_sign(sign)
                && strength >= weakest
            {
                parser.next += 1;
                let right = parser.expression(strength + 1)?;
                let span = left.span.start..right.span.end;
                left = Expr {
                    kind: ExprKind::Binary(op, Box::new(left), Box::new(right)),
                    span,
                };
            }
            Ok(left)
        })
    }

    fn deeper(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<Expr, ExpressionError>,
    ) -> Result<Expr, ExpressionError> {
        if self.depth >= DEPTH {
            return Err(self.unexpected("the expression is nested too deeply"));
        }
        self.depth += 1;
        let expr = parse(self);
        self.depth -= 1;
        expr
    }

    fn unary(&mut self) -> Result<Expr, ExpressionError> {
        let op = match self.token() {
            Token::Sign("+") => UnaryOp::Plus,
            Token::Sign("-") => UnaryOp::Minus,
            Token::Sign("!") => UnaryOp::Not,
            Token::Sign("^") => UnaryOp::Complement,
            Token::Sign("*") => UnaryOp::Deref,
            Token::Sign("&") => UnaryOp::Address,
            Token::Sign("<-") => {
                return Err(
                    self.unexpected("receiving would change the program; the channel itself can be shown")
                );
            }
            _ => return self.primary(),
        };
        let start = self.span().start;
        self.next += 1;
        let operand = self.deeper(Self::unary)?;
        let span = start..operand.span.end;
        Ok(Expr {
            kind: ExprKind::Unary(op, Box::new(operand)),
            span,
        })
    }

    /// An operand with selectors, indexes, calls and assertions behind it.
    fn primary(&mut self) -> Result<Expr, ExpressionError> {
        let mut expr = self.operand()?;
        let start = expr.span.start;
        loop {
            let kind = if self.take(".") {
                self.after_dot(expr)?
            } else if self.take("[") {
                self.after_bracket(expr)?
            } else if self.take("(") {
                let args = self.list(")")?;
                ExprKind::Call(Box::new(expr), args)
            } else {
                return Ok(expr);
            };
            expr = Expr {
                kind,
                span: start..self.end(),
            };
        }
    }

    fn after_dot(&mut self, expr: Expr) -> Result<ExprKind, ExpressionError> {
        if self.take("(") {
            let is_data = matches!(self.token(), Token::Name(name) if name == "data");
            let ty = if is_data {
                self.next += 1;
                None
            } else {
                Some(Box::new(self.expression(WEAKEST)?))
            };
            self.need(")")?;
            return Ok(ExprKind::Assert(Box::new(expr), ty));
        }
        let at = self.span();
        match self.token().clone() {
            Token::Name(name) => {
                self.next += 1;
                Ok(ExprKind::Select(Box::new(expr), name, at))
            }
            _ => Err(self.unexpected("a field's name is missing here")),
        }
    }

    /// An index, type arguments, or the bounds of a slice.
    fn after_bracket(&mut self, expr: Expr) -> Result<ExprKind, ExpressionError> {
        let mut bounds = [None, None, None];
        let mut colons = 0;
        for bound in &mut bounds {
            if !self.sees(":") && !self.sees("]") {
                *bound = Some(self.expression(WEAKEST)?);
            }
            if colons == 0 && self.sees(",") {
                self.next += 1;
                let mut args: Vec<_> = bound.take().into_iter().collect();
                args.extend(self.list("]")?);
                return Ok(ExprKind::Index(Box::new(expr), args));
            }
            if self.take("]") {
                break;
            }
            if colons == 2 && self.sees(":") {
                return Err(self.unexpected("a slice has three bounds at most"));
            }
            self.need(":")?;
            colons += 1;
        }
        let [low, high, max] = bounds;
        match (colons, low) {
            (0, Some(index)) => Ok(ExprKind::Index(Box::new(expr), vec![index])),
            (0, None) => Err(self.unexpected("an index is missing here")),
            (_, low) => {
                let bounds = SliceBounds { low, high, max };
                Ok(ExprKind::Slice(Box::new(expr), Box::new(bounds)))
            }
        }
    }

    /// Expressions up to `close`, which is taken.
    fn list(&mut self, close: &str) -> Result<Vec<Expr>, ExpressionError> {
        let mut list = Vec::new();
        while !self.take(close) {
            list.push(self.expression(WEAKEST)?);
            if !self.take(",") {
                self.need(close)?;
                break;
            }
        }
        Ok(list)
    }

    fn operand(&mut self) -> Result<Expr, ExpressionError> {
        let span = self.span();
        let literal = |literal| Ok(ExprKind::Literal(literal));
        let kind = match self.token().clone() {
            Token::Int(number) => literal(Literal::Int(number)),
            Token::Float(number) => literal(Literal::Float(number)),
            Token::Imaginary(number) => literal(Literal::Imaginary(number)),
            Token::Char(character) => literal(Literal::Char(character)),
            Token::Text(bytes) => literal(Literal::Text(bytes)),
            Token::Name(name) => return self.named(name),
            Token::Sign("(") => return self.parenthesised(),
            Token::Sign("[") => return self.sequence_type(),
            Token::End => Err(self.unexpected("the expression ends too early")),
            _ => Err(self.unexpected("an operand is missing here")),
        }?;
        self.next += 1;
        Ok(Expr { kind, span })
    }

    fn parenthesised(&mut self) -> Result<Expr, ExpressionError> {
        let start = self.span().start;
        self.next += 1;
        let inner = self.expression(WEAKEST)?;
        self.need(")")?;
        Ok(Expr {
            kind: ExprKind::Paren(Box::new(inner)),
            span: start..self.end(),
        })
    }

    fn named(&mut self, name: String) -> Result<Expr, ExpressionError> {
        let span = self.span();
        self.next += 1;
        let opens = |sign| self.sees(sign);
        match name.as_str() {
            "map" if opens("[") => self.map_type(span.start),
            "struct" | "interface" if opens("{") => self.written_type(span.start, "{", "}"),
            "func" if opens("(") => self.written_type(span.start, "(", ")"),
            "chan" => {
                let elem = self.deeper(Self::unary)?;
                let text = self.text.get(elem.span.clone()).unwrap_or_default();
                Ok(Expr {
                    kind: ExprKind::WrittenType(format!("chan {text}")),
                    span: span.start..self.end(),
                })
            }
            _ => Ok(Expr {
                kind: ExprKind::Name(name),
                span,
            }),
        }
    }

    /// `[]T` or `[n]T`.
    fn sequence_type(&mut self) -> Result<Expr, ExpressionError> {
        let start = self.span().start;
        self.next += 1;
        let len = if self.sees("]") {
            None
        } else {
            Some(Box::new(self.expression(WEAKEST)?))
        };
        self.need("]")?;
        let elem = Box::new(self.element_type()?);
        let span = start..elem.span.end;
        let kind = match len {
            Some(len) => ExprKind::ArrayType(len, elem),
            None => ExprKind::SliceType(elem),
        };
        Ok(Expr { kind, span })
    }

    fn map_type(&mut self, start: usize) -> Result<Expr, ExpressionError> {
        self.need("[")?;
        let key = Box::new(self.expression(WEAKEST)?);
        self.need("]")?;
        let elem = Box::new(self.element_type()?);
        let span = start..elem.span.end;
        Ok(Expr {
            kind: ExprKind::MapType(key, elem),
            span,
        })
    }

    /// A type within a type: what follows in round brackets belongs to the outer one.
    fn element_type(&mut self) -> Result<Expr, ExpressionError> {
        self.deeper(|parser| {
            let start = parser.span().start;
            if parser.take("*") {
                let target = parser.element_type()?;
                let span = start..target.span.end;
                return Ok(Expr {
                    kind: ExprKind::Unary(UnaryOp::Deref, Box::new(target)),
                    span,
                });
            }
            let mut expr = parser.operand()?;
            loop {
                let kind = if parser.take(".") {
                    parser.after_dot(expr)?
                } else if parser.take("[") {
                    ExprKind::Index(Box::new(expr), parser.list("]")?)
                } else {
                    return Ok(expr);
                };
                expr = Expr {
                    kind,
                    span: start..parser.end(),
                };
            }
        })
    }

    /// A type whose inside is taken as it is written, up to the bracket that closes it. Functions'
    /// results behind it are not: their types have to be put in round brackets.
    fn written_type(&mut self, start: usize, open: &str, close: &str) -> Result<Expr, ExpressionError> {
        let mut nesting = 0_usize;
        loop {
            if self.at_end() {
                return Err(self.unexpected(&format!("`{close}` is missing here")));
            }
            nesting += usize::from(self.sees(open));
            nesting -= usize::from(self.sees(close)).min(nesting);
            self.next += 1;
            if nesting == 0 {
                break;
            }
        }
        let span = start..self.end();
        let text = self.text.get(span.clone()).unwrap_or_default();
        Ok(Expr {
            kind: ExprKind::WrittenType(text.to_owned()),
            span,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tree in brackets, operators first.
    fn shape(expr: &Expr) -> String {
        let list = |exprs: &[Expr]| exprs.iter().map(shape).collect::<Vec<_>>().join(" ");
        match &expr.kind {
            ExprKind::Name(name) => name.clone(),
            ExprKind::Literal(Literal::Int(number)) => number.to_string(),
            ExprKind::Literal(literal) => format!("{literal:?}"),
            ExprKind::Select(x, name, _) => format!("{}.{name}", shape(x)),
            ExprKind::Index(x, args) => format!("(index {} {})", shape(x), list(args)),
            ExprKind::Slice(x, bounds) => {
                let bound = |bound: &Option<Expr>| bound.as_ref().map_or("_".into(), shape);
                let (low, high, max) = (bound(&bounds.low), bound(&bounds.high), bound(&bounds.max));
                format!("(slice {} {low} {high} {max})", shape(x))
            }
            ExprKind::Assert(x, ty) => {
                format!(
                    "(assert {} {})",
                    shape(x),
                    ty.as_ref().map_or("data".into(), |ty| shape(ty))
                )
            }
            ExprKind::Call(x, args) => format!("(call {} {})", shape(x), list(args)),
            ExprKind::Unary(op, x) => format!("({op:?} {})", shape(x)),
            ExprKind::Binary(op, x, y) => format!("({} {} {})", op.sign(), shape(x), shape(y)),
            ExprKind::Paren(x) => shape(x),
            ExprKind::SliceType(x) => format!("[]{}", shape(x)),
            ExprKind::ArrayType(n, x) => format!("[{}]{}", shape(n), shape(x)),
            ExprKind::MapType(k, v) => format!("map[{}]{}", shape(k), shape(v)),
            ExprKind::WrittenType(text) => text.clone(),
        }
    }

    fn parsed(text: &str) -> String {
        shape(&parse(text).unwrap())
    }

    #[test]
    fn operators_bind_as_in_go() {
        assert_eq!(parsed("1+2*3-4"), "(- (+ 1 (* 2 3)) 4)");
        assert_eq!(parsed("a || b && c == d"), "(|| a (&& b (== c d)))");
        assert_eq!(parsed("-x.y[0]"), "(Minus (index x.y 0))");
        assert_eq!(parsed("*p.q"), "(Deref p.q)");
        assert_eq!(parsed("(*p).q"), "(Deref p).q");
        assert_eq!(parsed("a &^ b << 2"), "(<< (&^ a b) 2)");
    }

    #[test]
    fn types_are_expressions() {
        assert_eq!(parsed("(*main.T)(0x10)"), "(call (Deref main.T) 16)");
        assert_eq!(parsed("[]byte(s)"), "(call []byte s)");
        assert_eq!(parsed("[4]*int(s)"), "(call [4](Deref int) s)");
        assert_eq!(parsed("map[string][]int(m)"), "(call map[string][]int m)");
        assert_eq!(parsed("x.(*T).y"), "(assert x (Deref T)).y");
        assert_eq!(parsed("x.(data)"), "(assert x data)");
        assert_eq!(
            parsed("main.Pair[int, string](p)"),
            "(call (index main.Pair int string) p)"
        );
        assert_eq!(parsed("x.(interface{ Foo() })"), "(assert x interface{ Foo() })");
        assert_eq!(parsed("s[1:2:3]"), "(slice s 1 2 3)");
        assert_eq!(parsed("s[:]"), "(slice s _ _ _)");
    }

    #[test]
    fn faults_are_pointed_at() {
        for (text, at) in [
            ("a +", 3..3),
            ("a b", 2..3),
            ("f(", 2..2),
            ("a[", 2..2),
            ("a[]", 3..3),
            ("a.", 2..2),
            ("(a", 2..2),
            ("a[1:2:3:4]", 7..8),
            ("<-c", 0..2),
            ("", 0..0),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.at, at, "{text:?}: {error}");
        }
    }

    #[test]
    fn nesting_without_end_is_refused() {
        for text in ["(", "-", "*", "[]", "x(", "a[", "1+("] {
            assert!(parse(&text.repeat(100_000)).is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,40}") {
            if let Err(error) = parse(&text) {
                proptest::prop_assert!(error.at.start <= error.at.end && error.at.end <= text.len());
            }
        }

        #[test]
        fn no_soup_of_tokens_makes_the_parser_panic(parts in proptest::collection::vec(
            proptest::sample::select(vec!["a", ".", "[", "]", "(", ")", ":", ",", "*", "1", "\"x\"", "map", "func", "struct", "{", "}", "chan", "'", "&"]), 0..30,
        )) {
            let _ = parse(&parts.concat());
        }
    }
}
