import { wrongHdf5, wrongNpy, wrongParquet, wrongSafetensors } from './arrays.js';
import { wrongArrow, wrongGzip, wrongPdf, wrongPng, wrongSqlite, wrongZip } from './containers.js';
import type { Flaw } from './flaw.js';
import { wrongPickle, wrongTorch } from './pickle.js';
import type { ContentSample } from './sample.js';
import { wrongJson, wrongJsonLines, wrongNotebook, wrongTable } from './text.js';

export interface Format {
  name: string;
  /** What is wrong with the content; undefined when nothing is. */
  check: (sample: ContentSample, basename: string) => Flaw | undefined;
  runsCode?: boolean;
}

const CSV: Format = { name: 'CSV/TSV', check: wrongTable };
const GZIP: Format = { name: 'gzip', check: wrongGzip };
const PICKLE: Format = { name: 'pickle', check: wrongPickle, runsCode: true };
const TORCH: Format = { name: 'PyTorch', check: wrongTorch, runsCode: true };
const HDF5: Format = { name: 'HDF5', check: wrongHdf5 };
const ZIP: Format = { name: 'zip', check: wrongZip };

const FORMATS: Readonly<Record<string, Format>> = {
  '.csv': CSV,
  '.tsv': CSV,
  '.tab': CSV,
  '.json': { name: 'JSON', check: wrongJson },
  '.geojson': { name: 'JSON', check: wrongJson },
  '.jsonl': { name: 'JSON Lines', check: wrongJsonLines },
  '.ndjson': { name: 'JSON Lines', check: wrongJsonLines },
  '.ipynb': { name: 'Jupyter notebook', check: wrongNotebook },
  '.parquet': { name: 'Parquet', check: wrongParquet },
  '.feather': { name: 'Arrow', check: wrongArrow },
  '.arrow': { name: 'Arrow', check: wrongArrow },
  '.npy': { name: 'NumPy', check: wrongNpy },
  '.npz': ZIP,
  '.h5': HDF5,
  '.hdf5': HDF5,
  '.h5ad': HDF5,
  '.loom': HDF5,
  '.pkl': PICKLE,
  '.pickle': PICKLE,
  '.joblib': PICKLE,
  '.pt': TORCH,
  '.pth': TORCH,
  '.safetensors': { name: 'safetensors', check: wrongSafetensors },
  '.png': { name: 'PNG', check: wrongPng },
  '.pdf': { name: 'PDF', check: wrongPdf },
  '.zip': ZIP,
  '.xlsx': ZIP,
  '.gz': GZIP,
  '.sqlite': { name: 'SQLite', check: wrongSqlite },
  '.db': { name: 'SQLite', check: wrongSqlite },
};

/** The last extension, lower case, with its dot; empty when there is none. */
export function extensionOf(basename: string): string {
  return /\.[a-z0-9_]{1,12}$/i.exec(basename)?.[0].toLowerCase() ?? '';
}

export function formatOfExtension(extension: string): Format | undefined {
  return Object.hasOwn(FORMATS, extension) ? FORMATS[extension] : undefined;
}
