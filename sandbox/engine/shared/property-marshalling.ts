import {
  specialArchiveSig,
  specialAssetSig,
  specialOutputValueSig,
  specialResourceSig,
  specialSecretSig,
  specialSigKey,
  unknownValue,
} from "@pulumi/pulumi/runtime/rpc.js";
import structpb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct, Value } from "google-protobuf/google/protobuf/struct_pb.js";
import {
  Archive,
  Asset,
  isPropertyList,
  isPropertyMap,
  Output,
  ResourceReference,
  Secret,
  unknown,
  Unknown,
} from "./property-values.ts";
import type { PropertyMap, PropertyValue } from "./property-values.ts";

/** The engine has one unknown per type of value. Pulumi's Node SDK supports only the first of them. */
const UNKNOWNS = new Set([
  unknownValue,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7", // boolean
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421", // number
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2", // array
  "030794c1-ac77-496b-92df-f27374a8bd58", // asset
  "e48ece36-62e2-4504-bad9-02848725956a", // archive
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff", // object
]);

// google-protobuf's Struct.fromJavaScript throws on undefined and has no markers, so both directions are implemented here.

export function toStruct(properties: PropertyMap): Struct {
  const struct = new structpb.Struct();
  const fields = struct.getFieldsMap();
  for (const [key, value] of Object.entries(properties)) {
    if (value !== undefined) fields.set(key, toValue(value));
  }
  return struct;
}

function toValue(property: PropertyValue): Value {
  const value = new structpb.Value();
  if (property === null || property === undefined) value.setNullValue(structpb.NullValue.NULL_VALUE);
  else if (typeof property === "boolean") value.setBoolValue(property);
  else if (typeof property === "number") value.setNumberValue(property);
  else if (typeof property === "string") value.setStringValue(property);
  else if (property instanceof Unknown) value.setStringValue(unknownValue);
  else if (isPropertyList(property)) {
    const list = new structpb.ListValue();
    list.setValuesList(property.map(toValue));
    value.setListValue(list);
  } else value.setStructValue(toStruct(isPropertyMap(property) ? property : markerFields(property)));
  return value;
}

function markerFields(marker: Secret | Output | Asset | Archive | ResourceReference): PropertyMap {
  if (marker instanceof Secret) return { [specialSigKey]: specialSecretSig, value: marker.value ?? null };
  if (marker instanceof Asset) return { [specialSigKey]: specialAssetSig, ...marker.content };
  if (marker instanceof Archive) return { [specialSigKey]: specialArchiveSig, ...marker.content };
  if (marker instanceof ResourceReference) {
    const { urn, id, packageVersion } = marker;
    return { [specialSigKey]: specialResourceSig, urn, id, packageVersion };
  }
  const { value, secret, dependencies } = marker;
  return { [specialSigKey]: specialOutputValueSig, value, secret, dependencies };
}

export function fromStruct(struct: Struct | undefined): PropertyMap {
  const entries: [string, PropertyValue][] = [];
  struct?.getFieldsMap().forEach((value, key) => entries.push([key, fromValue(value)]));
  return Object.fromEntries(entries);
}

function fromValue(value: Value): PropertyValue {
  switch (value.getKindCase()) {
    case structpb.Value.KindCase.BOOL_VALUE:
      return value.getBoolValue();
    case structpb.Value.KindCase.NUMBER_VALUE:
      return value.getNumberValue();
    case structpb.Value.KindCase.STRING_VALUE:
      return UNKNOWNS.has(value.getStringValue()) ? unknown : value.getStringValue();
    case structpb.Value.KindCase.LIST_VALUE:
      return (value.getListValue()?.getValuesList() ?? []).map(fromValue);
    case structpb.Value.KindCase.STRUCT_VALUE:
      return fromMarker(fromStruct(value.getStructValue()));
    default:
      return null;
  }
}

function fromMarker(fields: PropertyMap): PropertyValue {
  const signature = fields[specialSigKey];
  switch (signature) {
    case undefined:
      return fields;
    case specialSecretSig:
      return new Secret(fields["value"]);
    case specialOutputValueSig:
      return new Output(fields["value"], fields["secret"] === true, strings(fields["dependencies"]));
    case specialResourceSig:
      return new ResourceReference(
        text(fields["urn"]) ?? "",
        // An id that is not known yet is "" or an unknown. A component has no id.
        fields["id"] === "" || fields["id"] instanceof Unknown ? unknown : text(fields["id"]),
        text(fields["packageVersion"]),
      );
    case specialAssetSig:
      return new Asset(assetContent(fields));
    case specialArchiveSig: {
      const assets = fields["assets"];
      return new Archive({ ...assetContent(fields), ...(isPropertyMap(assets) ? { assets } : {}) });
    }
    default:
      throw new Error(
        `the engine sent a property with a signature that is not known here: ${JSON.stringify(signature)}`,
      );
  }
}

function assetContent(fields: PropertyMap): Asset["content"] {
  const names = ["text", "path", "uri", "hash"] as const;
  return Object.fromEntries(names.flatMap((name) => (text(fields[name]) ? [[name, fields[name]]] : [])));
}

function text(value: PropertyValue): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function strings(value: PropertyValue): string[] {
  return isPropertyList(value) ? value.filter((element) => typeof element === "string") : [];
}
