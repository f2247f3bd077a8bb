"""Function rows by family. A row takes lowered trees and the IR call; what only one engine says lives in the dialect's folder."""
