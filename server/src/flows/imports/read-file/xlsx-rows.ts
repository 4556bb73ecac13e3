/**
 * Rows of an XLSX file, read as a stream. A workbook is a zip of XML files, made by whoever sends it.
 *
 * Invariants
 *   * Nothing is unpacked to disk: entries are only looked up by the names that a workbook has.
 *   * What is unpacked is bounded by the sizes that the zip declares, and a zip that declares less than it holds is broken.
 *   * No value of an XML file grows without bound in memory; a DOCTYPE, which could define entities, is refused.
 *   * Only the texts that cells share are kept, up to `maxSharedCharacters`.
 */
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { type Cell, FileError, type FileRow, maxCellLength, maxColumns } from './file-error.ts';

const maxEntries = 10_000;
const maxPartBytes = 8 * 1_048_576;
const maxSharedBytes = 256 * 1_048_576;
const maxSheetBytes = 1024 * 1_048_576;
/** A sheet that is larger may be so many times as large as it is packed: real ones are ten to thirty times. */
const freeBytes = 64 * 1_048_576;
const maxRatio = 200;
const maxSharedCharacters = 32 * 1_048_576;
/** Characters between two tags. */
const maxValueLength = 1_048_576;

const broken = (why: string) => new FileError(`The file is no XLSX workbook that can be read: ${why}.`);

export class Workbook {
  readonly #zip: ZipFile;
  readonly #entries: Map<string, Entry>;
  /** Path within the zip by name of the sheet, in the workbook's order. */
  readonly #sheets: Map<string, string>;

  private constructor(zip: ZipFile, entries: Map<string, Entry>, sheets: Map<string, string>) {
    this.#zip = zip;
    this.#entries = entries;
    this.#sheets = sheets;
  }

  /** @throws FileError */
  static async open(path: string): Promise<Workbook> {
    const zip = await openPromise(path, { autoClose: false }).catch((error: Error) => {
      throw broken(error.message);
    });
    try {
      const entries = await readEntries(zip);
      return new Workbook(zip, entries, await readSheets(zip, entries));
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  get sheets(): string[] {
    return [...this.#sheets.keys()];
  }

  close(): void {
    this.#zip.close();
  }

  /** The rows of a sheet that are not blank. `onRead` is told which share of it was read. @throws FileError */
  async *rows(sheet: string, onRead?: (share: number) => void): AsyncGenerator<FileRow> {
    const entry = this.#entries.get(this.#sheets.get(sheet) ?? '');
    if (entry === undefined) throw new FileError(`The workbook has no sheet “${sheet}”.`);
    if (entry.uncompressedSize > Math.max(freeBytes, entry.compressedSize * maxRatio))
      throw broken('a sheet unpacks to far more than a table holds');
    const shared = await this.#readSharedTexts();
    const reader = new SheetReader(shared);
    let bytes = 0;
    const counted = (length: number) => {
      bytes += length;
      onRead?.(bytes / entry.uncompressedSize);
    };
    for await (const _ of parseXml(this.#zip, entry, maxSheetBytes, reader, counted)) yield* reader.take();
  }

  async #readSharedTexts(): Promise<string[]> {
    const entry = this.#entries.get('xl/sharedStrings.xml');
    if (entry === undefined) return [];
    const reader = new SharedTextReader();
    for await (const _ of parseXml(this.#zip, entry, maxSharedBytes, reader));
    return reader.texts;
  }
}

async function readEntries(zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (entries.size >= maxEntries) throw broken('it holds too many files');
      if (entry.isEncrypted()) throw new FileError('The workbook is protected by a password.');
      entries.set(entry.fileName, entry);
    }
  } catch (error) {
    throw error instanceof FileError ? error : broken((error as Error).message);
  }
  return entries;
}

async function readSheets(zip: ZipFile, entries: Map<string, Entry>): Promise<Map<string, string>> {
  const workbook = entries.get('xl/workbook.xml');
  const relations = entries.get('xl/_rels/workbook.xml.rels');
  if (workbook === undefined || relations === undefined) throw broken('it holds no workbook');
  const named: [name: string, relation: string][] = [];
  const targets = new Map<string, string>();
  const onOpen = ({ name, attributes }: SaxesTagPlain) => {
    const tag = localName(name);
    if (tag === 'sheet') {
      const relation = Object.entries(attributes).find(([key]) => localName(key) === 'id' && key !== 'id');
      named.push([attributes.name ?? '', relation?.[1] ?? '']);
    } else if (tag === 'Relationship') {
      const { Id = '', Target = '', Type = '' } = attributes;
      if (Type.endsWith('/worksheet')) targets.set(Id, posix.resolve('/xl', Target).slice(1));
    }
  };
  const reader: XmlReader = { onOpen, onText() {}, onClose() {} };
  for (const entry of [workbook, relations])
    for await (const _ of parseXml(zip, entry, maxPartBytes, reader));
  const sheets = new Map<string, string>();
  for (const [name, relation] of named) {
    const target = targets.get(relation);
    if (target !== undefined) sheets.set(name, target);
  }
  if (sheets.size === 0) throw broken('it has no sheet');
  return sheets;
}

interface XmlReader {
  onOpen(tag: SaxesTagPlain): void;
  onText(text: string): void;
  onClose(name: string): void;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Gives a turn after each piece of the entry that was parsed. @throws FileError */
async function* parseXml(
  zip: ZipFile,
  entry: Entry,
  maxBytes: number,
  reader: XmlReader,
  onBytes?: (length: number) => void,
): AsyncGenerator<void> {
  if (entry.uncompressedSize > maxBytes)
    throw broken(
      `${entry.fileName} unpacks to ${entry.uncompressedSize} bytes, at most ${maxBytes} are read`,
    );
  const parser = new SaxesParser();
  let lastTagAt = 0;
  parser.on('doctype', () => {
    throw broken(`${entry.fileName} has a DOCTYPE`);
  });
  parser.on('opentag', (tag) => {
    lastTagAt = parser.position;
    reader.onOpen(tag);
  });
  parser.on('text', (text) => reader.onText(text));
  parser.on('cdata', (text) => reader.onText(text));
  parser.on('closetag', (tag) => {
    lastTagAt = parser.position;
    reader.onClose(localName(tag.name));
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let stream: Readable | undefined;
  try {
    stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      parser.write(decoder.decode(chunk, { stream: true }));
      if (parser.position - lastTagAt > maxValueLength)
        throw broken(`${entry.fileName} has a value without end`);
      onBytes?.(chunk.length);
      yield;
    }
    parser.close();
    yield;
  } catch (error) {
    throw error instanceof FileError ? error : broken(`${entry.fileName}: ${(error as Error).message}`);
  } finally {
    stream?.destroy();
  }
}

/** Texts may hold characters that XML has not, as `_x000D_`. Source: ECMA-376 part 1, 22.4.2.4. */
const withoutEscapes = (text: string): string =>
  text.includes('_x')
    ? text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      )
    : text;

/** Of each `si` the text of its `t`, and of the runs in it, but not how it is pronounced. */
class SharedTextReader implements XmlReader {
  readonly texts: string[] = [];
  #characters = 0;
  #text = '';
  #inText = false;
  #pronounced = 0;

  onOpen({ name }: SaxesTagPlain): void {
    const tag = localName(name);
    if (tag === 'si') this.#text = '';
    else if (tag === 'rPh') this.#pronounced++;
    else if (tag === 't') this.#inText = this.#pronounced === 0;
  }

  onText(text: string): void {
    if (this.#inText) this.#text += text;
  }

  onClose(tag: string): void {
    if (tag === 't') this.#inText = false;
    else if (tag === 'rPh') this.#pronounced--;
    else if (tag === 'si') {
      // A few characters more, for what each costs by itself.
      this.#characters += this.#text.length + 16;
      if (this.#characters > maxSharedCharacters)
        throw new FileError('The workbook holds too many different texts; save the sheet as CSV.');
      this.texts.push(withoutEscapes(this.#text));
    }
  }
}

class SheetReader implements XmlReader {
  readonly #shared: string[];
  #rows: FileRow[] = [];
  #row = 0;
  #cells: Cell[] = [];
  #column = -1;
  #type = 'n';
  #value = '';
  #reads = false;
  #pronounced = 0;

  constructor(shared: string[]) {
    this.#shared = shared;
  }

  take(): FileRow[] {
    const rows = this.#rows;
    if (rows.length > 0) this.#rows = [];
    return rows;
  }

  onOpen({ name, attributes }: SaxesTagPlain): void {
    switch (localName(name)) {
      case 'row': {
        const row = attributes.r === undefined ? this.#row + 1 : Number(attributes.r);
        if (!Number.isInteger(row) || row <= this.#row)
          throw broken(`row ${attributes.r} follows row ${this.#row}`);
        this.#row = row;
        this.#cells = [];
        this.#column = -1;
        break;
      }
      case 'c':
        this.#column = attributes.r === undefined ? this.#column + 1 : columnOf(attributes.r);
        if (this.#column >= maxColumns)
          throw new FileError(`Row ${this.#row} has more than ${maxColumns} columns.`);
        this.#type = attributes.t ?? 'n';
        this.#value = '';
        break;
      case 'rPh':
        this.#pronounced++;
        break;
      case 'v':
      case 't':
        this.#reads = this.#pronounced === 0;
    }
  }

  onText(text: string): void {
    if (this.#reads) this.#value += text;
  }

  onClose(tag: string): void {
    switch (tag) {
      case 'v':
      case 't':
        this.#reads = false;
        break;
      case 'rPh':
        this.#pronounced--;
        break;
      case 'c':
        this.#set(this.#read());
        break;
      case 'row':
        if (this.#cells.some((cell) => typeof cell === 'number' || cell.trim() !== ''))
          this.#rows.push({ row: this.#row, cells: this.#cells });
    }
  }

  #read(): Cell {
    const value = this.#value;
    if (value.length > maxCellLength)
      throw new FileError(`Row ${this.#row} has a cell of more than ${maxCellLength} characters.`);
    switch (this.#type) {
      case 's': {
        const text = this.#shared[Number(value)];
        if (text === undefined) throw broken(`row ${this.#row} names a text that is not there`);
        return text;
      }
      case 'b':
        return value === '1' ? 'true' : 'false';
      case 'n': {
        const number = Number(value);
        return value === '' || !Number.isFinite(number) ? value : number;
      }
      default:
        return withoutEscapes(value);
    }
  }

  #set(cell: Cell): void {
    while (this.#cells.length < this.#column) this.#cells.push('');
    this.#cells[this.#column] = cell;
  }
}

/** 0 for `A1`, 27 for `AB7`. */
function columnOf(reference: string): number {
  let column = 0;
  for (const letter of /^[A-Z]{1,3}/.exec(reference)?.[0] ?? '')
    column = column * 26 + letter.charCodeAt(0) - 64;
  if (column === 0) throw broken(`a cell is called ${reference.slice(0, 20)}`);
  return column - 1;
}
