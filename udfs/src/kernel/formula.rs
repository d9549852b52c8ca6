//! A function of one row as `DataFusion` knows it.

use std::hash::{Hash, Hasher};

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use datafusion_common::Result;
use datafusion_doc::Documentation;
use datafusion_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};

use super::call::Call;
use super::fold::Formula;
use super::invalid::row_error;
use super::output::Output;
use super::rows::{Columns, Selection};
use super::udaf::{Role, documentation, signature};
use crate::spec::FunctionSpec;

/// The function that a formula is.
#[must_use]
pub fn udf(spec: &'static FunctionSpec) -> ScalarUDF {
    ScalarUDF::new_from_impl(OfRow {
        spec,
        aliases: spec.aliases.iter().map(|&alias| alias.to_owned()).collect(),
        signature: signature(spec, Role::Value),
        documentation: documentation(spec, Role::Value),
    })
}

/// The results of a formula for the rows of a batch.
pub(super) fn results<F: Formula>(call: &Call, args: &[ArrayRef]) -> Result<ArrayRef> {
    let input = F::Input::open(args)?;
    let rows = args.first().map_or(0, |array| array.len());
    let mut values = vec![None; rows];
    Selection::new(args, None)
        .visit(|row| {
            values[row] = F::value(input.row(row))?;
            Ok(())
        })
        .map_err(|(row, why)| row_error(call, args, row, why))?;
    F::Output::column(call.spec.name, values)
}

#[derive(Debug)]
struct OfRow {
    spec: &'static FunctionSpec,
    aliases: Vec<String>,
    signature: Signature,
    documentation: Documentation,
}

impl PartialEq for OfRow {
    fn eq(&self, other: &Self) -> bool {
        self.spec.name == other.spec.name
    }
}

impl Eq for OfRow {}

impl Hash for OfRow {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.spec.name.hash(state);
    }
}

impl ScalarUDFImpl for OfRow {
    fn name(&self) -> &str {
        self.spec.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(Call::of_args(self.spec, arg_types, Role::Value)?.coerced(arg_types))
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        Ok(Call::of_args(self.spec, arg_types, Role::Value)?.output())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let call = Call::of_args(self.spec, &types, Role::Value)?;
        let all_constant = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        // Constants are worked out once, however many rows there are (or none).
        let rows = if all_constant { 1 } else { args.number_rows };
        let columns: Vec<ArrayRef> =
            args.args.iter().map(|value| value.to_array(rows)).collect::<Result<_>>()?;
        let results = call.form.kernel.results(&call, &columns)?;
        if all_constant {
            let value = datafusion_common::ScalarValue::try_from_array(&results, 0)?;
            return Ok(ColumnarValue::Scalar(value));
        }
        Ok(ColumnarValue::Array(results))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&self.documentation)
    }
}
