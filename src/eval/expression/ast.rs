//! Expressions as trees.

use super::error::Span;

/// A node of an expression; types are expressions as well, as in Go's own grammar.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expr {
    pub(super) kind: ExprKind,
    /// All of it, operands included.
    pub(super) span: Span,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ExprKind {
    Name(String),
    Literal(Literal),
    /// `x.name`; the span of the name.
    Select(Box<Expr>, String, Span),
    /// `x[i]`, or a generic type's arguments when there are several.
    Index(Box<Expr>, Vec<Expr>),
    /// `x[low:high:max]`.
    Slice(Box<Expr>, Box<SliceBounds>),
    /// `x.(T)`; `None` for `x.(data)`, the dynamic value whatever its type.
    Assert(Box<Expr>, Option<Box<Expr>>),
    /// A conversion or one of Go's own functions.
    Call(Box<Expr>, Vec<Expr>),
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    Paren(Box<Expr>),
    /// `[]T`, `[n]T`.
    SliceType(Box<Expr>),
    ArrayType(Box<Expr>, Box<Expr>),
    MapType(Box<Expr>, Box<Expr>),
    /// A channel, function, struct or interface type, as it is written.
    WrittenType(String),
}

/// The bounds between the brackets of a slice expression.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct SliceBounds {
    pub(super) low: Option<Expr>,
    pub(super) high: Option<Expr>,
    pub(super) max: Option<Expr>,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Int(u128),
    Float(f64),
    Imaginary(f64),
    Char(char),
    Text(Vec<u8>),
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnaryOp {
    Plus,
    Minus,
    Not,
    Complement,
    Deref,
    Address,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BinaryOp {
    OrElse,
    AndThen,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Sub,
    Or,
    Xor,
    Mul,
    Div,
    Rem,
    ShiftLeft,
    ShiftRight,
    And,
    AndNot,
}

impl BinaryOp {
    /// The operator of a sign, and how strongly it binds: 1 to 5, as in Go's specification.
    pub(super) fn of_sign(sign: &str) -> Option<(Self, u8)> {
        Some(match sign {
            "||" => (Self::OrElse, 1),
            "&&" => (Self::AndThen, 2),
            "==" => (Self::Equal, 3),
            "!=" => (Self::NotEqual, 3),
            "<" => (Self::Less, 3),
            "<=" => (Self::LessEqual, 3),
            ">" => (Self::Greater, 3),
            ">=" => (Self::GreaterEqual, 3),
            "+" => (Self::Add, 4),
            "-" => (Self::Sub, 4),
            "|" => (Self::Or, 4),
            "^" => (Self::Xor, 4),
            "*" => (Self::Mul, 5),
            "/" => (Self::Div, 5),
            "%" => (Self::Rem, 5),
            "<<" => (Self::ShiftLeft, 5),
            ">>" => (Self::ShiftRight, 5),
            "&" => (Self::And, 5),
            "&^" => (Self::AndNot, 5),
            _ => return None,
        })
    }

    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::OrElse => "||",
            Self::AndThen => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Add => "+",
            Self::Sub => "-",
            Self::Or => "|",
            Self::Xor => "^",
            Self::Mul => "*",
            Self::Div => "/",
            Self::Rem => "%",
            Self::ShiftLeft => "<<",
            Self::ShiftRight => ">>",
            Self::And => "&",
            Self::AndNot => "&^",
        }
    }

    /// Whether the result is true or false.
    pub(super) const fn compares(self) -> bool {
        matches!(
            self,
            Self::Equal | Self::NotEqual | Self::Less | Self::LessEqual | Self::Greater | Self::GreaterEqual
        )
    }

    pub(super) const fn shifts(self) -> bool {
        matches!(self, Self::ShiftLeft | Self::ShiftRight)
    }
}
