"""Checks manifests against the schemas of Kubernetes and of operators.

python validate.py VERSION CRD... < objects.json: a JSON list of objects on standard input, files with the
CustomResourceDefinitions as JSON after the version. Prints one line per object that is not as its schema has it,
unknown fields included, and one for each kind that nobody has a schema of. Ends with 0 either way.
"""

import json
import sys

import jsonschema
import kubernetes_validate


def strict(schema):
    """The same, with unknown fields refused where the API server would drop them."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: strict(value) for key, value in schema.items()}
    if copy.get("x-kubernetes-int-or-string"):
        copy.pop("anyOf", None)
        copy["type"] = ["integer", "string"]
    elif isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        if not schema.get("x-kubernetes-preserve-unknown-fields") and "additionalProperties" not in schema:
            copy["additionalProperties"] = False
    return copy


def schemas_of(files):
    for file in files:
        with open(file, encoding="utf-8") as text:
            definition = json.load(text)["spec"]
        for version in definition["versions"]:
            yield (f"{definition['group']}/{version['name']}", definition["names"]["kind"]), version["schema"]["openAPIV3Schema"]


class Validators(dict):
    """By API version and kind; made when they are asked for."""

    def __init__(self, schemas):
        super().__init__()
        self.schemas = schemas

    def __missing__(self, kind):
        schema = strict(self.schemas[kind])
        # What every object has is the API server's.
        schema.setdefault("properties", {}).update({"apiVersion": {}, "kind": {}, "metadata": {"type": "object"}})
        schema["additionalProperties"] = False
        self[kind] = jsonschema.Draft202012Validator(schema)
        return self[kind]


def fault_of(thing, version, validators):
    kind = (thing["apiVersion"], thing["kind"])
    try:
        if kind in validators.schemas:
            validators[kind].validate(thing)
        else:
            kubernetes_validate.validate(thing, version, strict=True)
    except jsonschema.ValidationError as error:
        return f"{'.'.join(str(part) for part in error.absolute_path)}: {error.message.splitlines()[0][:300]}"
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(str(part) for part in error.path)}: {error.message[:300]}"
    except (kubernetes_validate.SchemaNotFoundError, kubernetes_validate.InvalidSchemaError):
        return "no schema"
    return None


def main():
    version, *files = sys.argv[1:]
    validators = Validators(dict(schemas_of(files)))
    for thing in json.load(sys.stdin):
        fault = fault_of(thing, version, validators)
        if fault is not None:
            print(f"{thing['kind']}/{thing['metadata']['name']}: {fault}")


main()
