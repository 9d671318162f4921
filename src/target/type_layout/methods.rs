//! Methods of a type: by the runtime's descriptors, by the functions of the program, and through
//! embedded fields.
//!
//! Descriptors name all methods, also those of which the linker dropped the code; the function table
//! has the code of those that are left, also where the type has no descriptor.

use std::collections::BTreeMap;

use super::Describer;
use crate::base::{Addr, CancelToken};
use crate::model::{Failure, Method};
use crate::symbols::{Shape, Type, TypeRef};
use crate::target::goroutines::cancelled;

/// Names looked at between two looks at the cancel token.
const STRIDE: usize = 4096;
/// Embedding in embedding that is followed.
const DEPTH: usize = 6;

/// Code called `pkg.T.M` or `pkg.(*T).M`.
#[derive(Clone, Copy, Debug, Default)]
struct Code {
    by_value: Option<Entry>,
    by_pointer: Option<Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// `None` where only inlined copies exist.
    addr: Option<Addr>,
    is_wrapper: bool,
}

type Found = BTreeMap<String, Method>;

impl Describer<'_> {
    /// The methods by name, and what could not be told.
    pub(super) fn methods(
        &self,
        ty: &Type,
        under: &Type,
        cancel: &CancelToken,
    ) -> Result<(Vec<Method>, Option<String>), Failure> {
        if matches!(under.shape, Shape::Interface { .. }) {
            return Ok(self.asked_for(ty));
        }
        // The methods of *T are those of T and more.
        let named = match &ty.shape {
            Shape::Pointer { target: Some(target) } => self.info.type_at(*target).ok(),
            _ => None,
        };
        let ty = named.as_deref().unwrap_or(ty);
        let mut found = Found::new();
        self.own_methods(ty, &mut found, cancel)?;
        let under = self
            .info
            .underlying(ty.id)
            .map_err(|error| super::named::damaged(&error))?;
        let own: Vec<String> = found.keys().cloned().collect();
        self.promoted(&under, &mut found, (0, ""), cancel)?;
        self.described(ty, &mut found);
        for name in own {
            // What a wrapper only passes on was promoted, unless the value has it as well.
            if let Some(method) = found.get_mut(&name).filter(|method| method.entry.is_some()) {
                method.signature = method.signature.take().or_else(|| self.signature(method));
            }
        }
        let is_dropped = |method: &Method| method.entry.is_none() && method.through.is_none();
        let dropped = found.values().filter(|method| is_dropped(method)).count();
        let note = (dropped > 0).then(|| {
            format!(
                "{dropped} of the methods have no code in this program: inlined everywhere or never called"
            )
        });
        Ok((found.into_values().collect(), note))
    }

    /// What an interface asks for.
    fn asked_for(&self, ty: &Type) -> (Vec<Method>, Option<String>) {
        let described = self.descriptor(ty).and_then(|descriptor| {
            let limits = &self.target.limits;
            self.go?.methods_of(self.memory, descriptor, limits)
        });
        let Some(described) = described else {
            let note = "its methods are not known: the program holds no descriptor of this interface";
            let is_empty = &*ty.name == "interface {}";
            return (Vec::new(), (!is_empty).then(|| note.to_owned()));
        };
        let methods = described.into_iter().map(|method| Method {
            name: method.name,
            signature: method.signature,
            on_pointer: false,
            entry: None,
            through: None,
        });
        (methods.collect(), None)
    }

    /// Functions that are methods of the type itself.
    fn own_methods(&self, ty: &Type, found: &mut Found, cancel: &CancelToken) -> Result<(), Failure> {
        for (name, code) in self.code_of(&ty.name, cancel)? {
            let real = |entry: Option<Entry>| entry.filter(|entry| !entry.is_wrapper);
            let (entry, on_pointer) = match (real(code.by_value), real(code.by_pointer)) {
                (Some(entry), _) => (entry, false),
                (None, Some(entry)) => (entry, true),
                // Wrappers alone pass on what an embedded field has, or a value's method that was
                // inlined into them.
                (None, None) => continue,
            };
            let method = Method {
                name: name.clone(),
                signature: None,
                on_pointer,
                entry: entry.addr,
                through: None,
            };
            found.insert(name, method);
        }
        Ok(())
    }

    /// Methods that embedded fields bring, unless the type has its own of that name. Nearer ones win.
    fn promoted(
        &self,
        under: &Type,
        found: &mut Found,
        (depth, through): (usize, &str),
        cancel: &CancelToken,
    ) -> Result<(), Failure> {
        let Shape::Struct { fields } = &under.shape else {
            return Ok(());
        };
        if depth >= DEPTH {
            return Ok(());
        }
        let embedded = || fields.iter().filter(|field| field.embedded);
        for field in embedded() {
            let Some((ty, is_pointer)) = self.behind_pointer(field.ty) else {
                continue;
            };
            let path = join(through, &field.name);
            let mut own = Found::new();
            let is_interface = self
                .info
                .underlying(ty.id)
                .is_ok_and(|ty| matches!(ty.shape, Shape::Interface { .. }));
            if is_interface {
                own.extend(
                    self.asked_for(&ty)
                        .0
                        .into_iter()
                        .map(|method| (method.name.clone(), method)),
                );
            } else {
                self.own_methods(&ty, &mut own, cancel)?;
                self.described(&ty, &mut own);
            }
            for (name, mut method) in own {
                method.signature = method.signature.take().or_else(|| self.signature(&method));
                method.on_pointer &= !is_pointer;
                method.through.get_or_insert_with(|| path.clone());
                found.entry(name).or_insert(method);
            }
        }
        for field in embedded() {
            if let Some((ty, _)) = self.behind_pointer(field.ty)
                && let Ok(under) = self.info.underlying(ty.id)
            {
                self.promoted(&under, found, (depth + 1, &join(through, &field.name)), cancel)?;
            }
        }
        Ok(())
    }

    fn behind_pointer(&self, ty: TypeRef) -> Option<(std::sync::Arc<Type>, bool)> {
        let decoded = self.info.type_at(ty).ok()?;
        match &decoded.shape {
            Shape::Pointer { target: Some(target) } => Some((self.info.type_at(*target).ok()?, true)),
            _ => Some((decoded, false)),
        }
    }

    /// Adds what the descriptors of the type and of pointers to it say.
    fn described(&self, ty: &Type, found: &mut Found) {
        let pointer = self
            .info
            .pointer_to(ty.id)
            .and_then(|pointer| self.info.type_at(pointer).ok());
        let methods = |ty: &Type| {
            let descriptor = self.descriptor(ty)?;
            self.go?.methods_of(self.memory, descriptor, &self.target.limits)
        };
        let by_value = methods(ty);
        let by_pointer = pointer.and_then(|pointer| methods(&pointer));
        // Without the value's descriptor it is not known which of them need a pointer.
        for (methods, on_pointer) in [
            (by_value.as_ref(), false),
            (by_pointer.as_ref(), by_value.is_some()),
        ] {
            for method in methods.into_iter().flatten() {
                let entry = found.entry(method.name.clone()).or_insert_with(|| Method {
                    name: method.name.clone(),
                    signature: None,
                    on_pointer,
                    entry: None,
                    through: None,
                });
                entry.signature = method.signature.clone().or(entry.signature.take());
            }
        }
    }

    /// The functions that are called like methods of the type `name`.
    fn code_of(&self, name: &str, cancel: &CancelToken) -> Result<BTreeMap<String, Code>, Failure> {
        let mut found: BTreeMap<String, Code> = BTreeMap::new();
        let (Some(go), Some((by_value, by_pointer))) = (self.go, prefixes(name)) else {
            return Ok(found);
        };
        let mut add = |function: &str, entry: Entry| {
            let slot = |code: &mut Code, by_value: bool| {
                let slot = if by_value {
                    &mut code.by_value
                } else {
                    &mut code.by_pointer
                };
                if slot.is_none_or(|known| known.addr.is_none()) {
                    *slot = Some(entry);
                }
            };
            for (prefix, is_value) in [(&by_value, true), (&by_pointer, false)] {
                if let Some(method) = function.strip_prefix(prefix.as_str())
                    && is_method(method)
                {
                    slot(found.entry(method.to_owned()).or_default(), is_value);
                }
            }
        };
        for (at, func) in go.code.funcs().enumerate() {
            if at.is_multiple_of(STRIDE) {
                cancel.check().map_err(cancelled)?;
            }
            let is_wrapper =
                || func.is_wrapper() || func.file_line(func.entry()).0 == Some("<autogenerated>");
            let name = func.name();
            if name.starts_with(by_value.as_str()) || name.starts_with(by_pointer.as_str()) {
                let entry = Entry {
                    addr: Some(func.entry()),
                    is_wrapper: is_wrapper(),
                };
                add(name, entry);
            }
        }
        for name in go.code.names() {
            let entry = Entry {
                addr: None,
                is_wrapper: false,
            };
            add(name, entry);
        }
        Ok(found)
    }

    /// By the parameters that the debug information lists, without the receiver.
    fn signature(&self, method: &Method) -> Option<String> {
        let entry = self.image.to_image(method.entry?);
        let signature = self.info.signature(entry)?;
        let names = |types: &[TypeRef]| {
            let names: Vec<String> = types.iter().map(|ty| self.name_of(*ty)).collect();
            names.join(", ")
        };
        let parameters = names(signature.parameters.get(1..)?);
        let results = names(&signature.results);
        Some(match signature.results.len() {
            0 => format!("func({parameters})"),
            1 => format!("func({parameters}) {results}"),
            _ => format!("func({parameters}) ({results})"),
        })
    }
}

fn join(through: &str, field: &str) -> String {
    if through.is_empty() {
        field.to_owned()
    } else {
        format!("{through}.{field}")
    }
}

/// What functions' names begin with that are methods of `name` and of pointers to it; `None` for
/// types that have no name of their own.
fn prefixes(name: &str) -> Option<(String, String)> {
    let (plain, arguments) = match name.split_once('[') {
        Some((plain, _)) if !plain.is_empty() => (plain, "[...]"),
        Some(_) => return None,
        None => (name, ""),
    };
    if !plain
        .chars()
        .all(|c| c.is_alphanumeric() || "_./-~+@%$·".contains(c))
    {
        return None;
    }
    let slash = plain.rfind('/').map_or(0, |slash| slash + 1);
    let dot = slash + plain.get(slash..)?.rfind('.')?;
    let (package, ty) = (plain.get(..dot)?, plain.get(dot + 1..)?);
    // The linker escapes dots in the last element of an import path.
    let (path, last) = package.split_at_checked(slash.min(package.len()))?;
    let package = format!("{path}{}", last.replace('.', "%2e"));
    Some((
        format!("{package}.{ty}{arguments}."),
        format!("{package}.(*{ty}{arguments})."),
    ))
}

/// Not a closure in a method, nor a method value's wrapper.
fn is_method(rest: &str) -> bool {
    !rest.is_empty() && !rest.contains(['.', '-', '['])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_told_by_their_functions_names() {
        let prefixes = |name: &str| prefixes(name).map(|(value, pointer)| format!("{value} {pointer}"));
        assert_eq!(
            prefixes("main.server").as_deref(),
            Some("main.server. main.(*server).")
        );
        assert_eq!(
            prefixes("main.pair[string,a/b.T]").as_deref(),
            Some("main.pair[...]. main.(*pair[...]).")
        );
        assert_eq!(
            prefixes("gopkg.in/yaml.v3.Node").as_deref(),
            Some("gopkg.in/yaml%2ev3.Node. gopkg.in/yaml%2ev3.(*Node).")
        );
        assert_eq!(prefixes("[]int"), None);
        assert_eq!(prefixes("map[string]int"), None);
        assert_eq!(prefixes("int"), None);
    }

    #[test]
    fn closures_and_method_values_are_no_methods() {
        assert!(is_method("Serve"));
        for other in ["", "Serve.func1", "Serve-fm", "Serve[...]"] {
            assert!(!is_method(other), "{other}");
        }
    }
}
